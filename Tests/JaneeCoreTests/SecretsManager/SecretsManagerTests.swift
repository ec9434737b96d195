import JaneeSecrets
import Synchronization
import Testing

@testable import JaneeCore

@Suite("The secrets manager")
struct SecretsManagerTests {
    private func manager(
        _ providers: ScriptedProvider...,
        default name: ProviderName = .local
    ) throws -> SecretsManager {
        let manager = SecretsManager.forTests(defaultProvider: name)
        for provider in providers { try manager.registerProvider(provider, limits: .local) }
        return manager
    }

    private func provider(_ name: String, value: String) throws -> ScriptedProvider {
        ScriptedProvider(try #require(ProviderName(name)), value: value)
    }

    private func uri(_ text: String) throws -> SecretURI { try SecretURI(parsing: text) }

    private func failure(_ manager: SecretsManager, _ text: String) async throws -> SecretError? {
        let uri = try uri(text)
        do throws(SecretError) {
            _ = try await manager.getSecret(uri)
            return nil
        } catch {
            return error
        }
    }

    @Test("a reference goes to the provider it names, with its canonical path")
    func routing() async throws {
        let vault = try provider("prodVault", value: "from vault")
        let local = ScriptedProvider(value: "from local")
        let manager = try manager(vault, local)
        #expect(try await manager.getSecret(try uri("prodvault://a//b%2Fc/")).text == "from vault")
        #expect(try await manager.getSecret(try uri("PRODVAULT://x")).text == "from vault")
        #expect(try await manager.getSecret(try uri("stripe-key")).text == "from local")
        #expect(vault.calls == ["initialize", "get a/b/c", "get x"])
        #expect(local.calls == ["initialize", "get stripe-key"])
    }

    @Test("whoever keeps values out of logs learns of each one that is read")
    func observed() async throws {
        let seen = Mutex<[SecretValue]>([])
        let manager = SecretsManager.forTests(observe: { value in seen.withLock { $0.append(value) } })
        try manager.registerProvider(ScriptedProvider(value: "from local"))
        try manager.registerProvider(ScriptedProvider(try #require(ProviderName("empty"))))
        _ = try await manager.getSecret(try uri("stripe-key"))
        #expect(try await failure(manager, "empty://x")?.code == .secretNotFound)
        #expect(seen.withLock { $0 } == [SecretValue("from local")])
    }

    @Test("the manager parses references")
    func parse() throws {
        let manager = try manager()
        #expect(try manager.parseURI("prodVault://a/b").reference.path == "a/b")
        #expect(throws: SecretError.self) { try manager.parseURI("prodVault://") }
    }

    @Test("nil becomes SECRET_NOT_FOUND, with provider and path where they may be shown")
    func notFound() async throws {
        let manager = try manager(ScriptedProvider(try #require(ProviderName("prodVault"))), ScriptedProvider())
        let named = try #require(try await failure(manager, "prodvault://a/b"))
        #expect(named.code == .secretNotFound)
        #expect(named.provider == "prodVault")
        #expect(named.path == "a/b")
        let bare = try #require(try await failure(manager, "a/b"))
        #expect(bare.code == .secretNotFound)
        #expect(bare.path == nil)
        #expect(bare.message.contains("janee secret set"))
    }

    @Test("an empty value is a value")
    func emptyValue() async throws {
        let manager = try manager(ScriptedProvider(value: ""))
        #expect(try await manager.getSecret(try uri("a")).isEmpty)
    }

    @Test("no failure of a provider leads to another one", arguments: SecretError.Code.allCases)
    func noFallback(code: SecretError.Code) async throws {
        let vault = ScriptedProvider(try #require(ProviderName("vault"))) { _ throws(SecretError) in
            throw SecretError(code, "scripted")
        }
        let local = ScriptedProvider(value: "from local")
        let manager = try manager(vault, local)
        let error = try await failure(manager, "vault://a")
        #expect(error?.code == code)
        #expect(error?.provider == "vault")
        #expect(vault.calls == ["initialize", "get a"])
        #expect(local.calls.isEmpty)
    }

    @Test("an unknown provider is named with the nearest one, the rest of the reference never")
    func unknownProvider() async throws {
        let manager = try manager(try provider("prodVault", value: "x"), ScriptedProvider(value: "y"))
        let near = try #require(try await failure(manager, "prodVualt://canary"))
        #expect(near.code == .providerNotFound)
        #expect(near.message.contains("'prodVualt'") && near.message.contains("'prodVault'"))
        #expect(!near.message.contains("canary") && near.path == nil)
        let far = try #require(try await failure(manager, "postgres://canary"))
        #expect(far.message.contains("'postgres'") && !far.message.contains("did you mean"))
        #expect(!far.message.contains("canary"))
    }

    // MARK: Registration

    @Test("a name is taken once, in any case", arguments: ["prodVault", "PRODVAULT", "prodvault"])
    func duplicates(name: String) throws {
        let manager = try manager(try provider("prodVault", value: "x"))
        let error = #expect(throws: SecretError.self) {
            try manager.registerProvider(try self.provider(name, value: "y"), limits: .local)
        }
        #expect(error?.code == .providerConfigInvalid)
        #expect(error?.provider == name)
        let refused = try #require(ProviderName(name))
        #expect(throws: SecretError.self) {
            try manager.registerRefusal(SecretError(.providerConfigInvalid, "x"), as: refused)
        }
    }

    @Test("a refused provider fails every use with its reason")
    func refusal() async throws {
        let manager = try manager(ScriptedProvider(value: "from local"))
        let name = try #require(ProviderName("vault"))
        try manager.registerRefusal(SecretError(.providerConfigInvalid, "wrong"), as: name)
        let error = try #require(try await failure(manager, "Vault://a"))
        #expect(error.code == .providerConfigInvalid)
        #expect(error.detail == "wrong")
        #expect(error.provider != nil)
    }

    @Test(
        "an undeclared reserved name means whatever serves bare paths",
        arguments: ["a", "local://a", "filesystem://a", "LOCAL://a"]
    )
    func reserved(text: String) async throws {
        for name in ["local", "filesystem", "default"] {
            let provider = try provider(name, value: "found")
            let manager = try manager(provider, default: provider.name)
            #expect(try await manager.getSecret(try uri(text)).text == "found")
        }
    }

    @Test("a declared reserved name means itself")
    func declaredReserved() async throws {
        let manager = try manager(try provider("local", value: "one"), try provider("filesystem", value: "two"))
        #expect(try await manager.getSecret(try uri("a")).text == "one")
        #expect(try await manager.getSecret(try uri("local://a")).text == "one")
        #expect(try await manager.getSecret(try uri("filesystem://a")).text == "two")
    }

    @Test("a refused default provider is not replaced by anything")
    func refusedDefault() async throws {
        let manager = try manager(try provider("vault", value: "x"))
        try manager.registerRefusal(SecretError(.providerConfigInvalid, "broken"), as: .local)
        for text in ["a", "local://a", "filesystem://a"] {
            #expect(try await failure(manager, text)?.detail == "broken")
        }
    }

    // MARK: Life cycle

    @Test("what an operator must mend is fatal at start, what may pass is not")
    func startFailures() async throws {
        let name = try #require(ProviderName("p"))
        let fatal: Set<SecretError.Code> = [
            .providerNotFound, .providerConfigInvalid, .invalidSecretURI, .providerAuthFailed,
        ]
        for code in SecretError.Code.allCases {
            let manager = try manager(ScriptedProvider(name, start: SecretError(code, "x")))
            let failures = await manager.start([try uri("p://a").provider], within: .seconds(60))
            #expect(failures.map(\.isFatal) == [fatal.contains(code)])
        }
        let refused = try manager()
        try refused.registerRefusal(SecretError(.providerConfigInvalid, "wrong"), as: name)
        let failures = await refused.start([try uri("p://a").provider])
        #expect(failures.map(\.isFatal) == [true])
    }

    @Test("only providers that are referenced are initialised, each once; failures carry the name")
    func start() async throws {
        let good = try provider("good", value: "x")
        let idle = try provider("idle", value: "x")
        let bad = ScriptedProvider(
            try #require(ProviderName("Bad")),
            start: SecretError(.providerAuthFailed, "refused")
        )
        let manager = try manager(good, idle, bad)
        let uris = try ["good://a", "GOOD://b", "bad://a", "bad://b", "none://a"].map(uri)
        let failures = await manager.start(uris.map(\.provider), within: .seconds(60))
        #expect(failures.map(\.error.code) == [.providerAuthFailed, .providerNotFound])
        #expect(failures.map(\.isFatal) == [true, true])
        #expect(failures.first?.error.provider == "Bad")
        #expect(good.calls == ["initialize"])
        #expect(bad.calls == ["initialize"])
        #expect(idle.calls.isEmpty)
        await manager.dispose()
        #expect(idle.calls == ["dispose"])
    }
}
