import JaneeConfig
import JaneeFiles
import JaneeProviders
import JaneeSecrets
import Logging
import Testing

@testable import JaneeCore

/// A bare reference may be a key that somebody pasted.
///
/// Unless it is known to be stored, nothing may show it.
@Suite("Keys pasted where a reference belongs")
struct BareReferenceTests {
    /// What keys look like, all of them valid paths; the plain part is looked for, decoded and encoded.
    private static let canaries = [
        "sk_live_CANARY0000000000", "ghp_CANARY0000000000", "AKIACANARY0000000000", "CANARY/with/slashes~1",
        "CANARY%20with%20spaces",
        "xoxb-CANARY-1-2", "CANARY." + String(repeating: "a", count: 300), "eyJhbGciOi.CANARY.c2ln",
    ]

    /// Everything an error can be made to say.
    private static func texts(_ error: SecretError) -> [String] {
        [
            error.message, error.detail, error.agentDescription, error.path ?? "", error.provider ?? "", "\(error)",
            String(describing: error), String(reflecting: error), error.debugDescription, dumped(error),
        ]
    }

    private static func dumped(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }

    private static func expectSilence(_ error: SecretError?) {
        guard let error else {
            Issue.record("the reference was found")
            return
        }
        for text in texts(error) { #expect(!text.contains("CANARY"), "\(error.code.rawValue)") }
    }

    private static func failure(_ manager: SecretsManager, _ canary: String) async throws -> SecretError? {
        let uri = try SecretURI(parsing: canary)
        do throws(SecretError) {
            _ = try await manager.getSecret(uri)
            return nil
        } catch {
            return error
        }
    }

    @Test("every failure of a provider that knows the path", arguments: SecretError.Code.allCases)
    func providerFailures(code: SecretError.Code) async throws {
        for canary in Self.canaries {
            let manager = SecretsManager.forTests(defaultProvider: .local)
            try manager.registerProvider(
                ScriptedProvider { reference throws(SecretError) in
                    let cause = SecretError(.providerInternalError, "inner", path: reference.displayPath)
                    throw SecretError(code, "scripted", provider: "local", path: reference.displayPath, cause: cause)
                }
            )
            Self.expectSilence(try await Self.failure(manager, canary))
        }
    }

    @Test("a provider that breaks its contract and puts the path into its words")
    func talkativeProvider() async throws {
        for canary in Self.canaries {
            let manager = SecretsManager.forTests(defaultProvider: .local)
            try manager.registerProvider(
                ScriptedProvider { reference throws(SecretError) in
                    throw SecretError(
                        .providerInternalError,
                        "cannot read \(reference.path) (\(reference.displayPath))"
                    )
                }
            )
            let error = try await Self.failure(manager, canary)
            Self.expectSilence(error)
            #expect(error?.code == .providerInternalError)
            #expect(error?.detail.isEmpty == false)
        }
    }

    @Test("not found, provider unknown, provider refused")
    func managerFailures() async throws {
        for canary in Self.canaries {
            let manager = SecretsManager.forTests(defaultProvider: .local)
            Self.expectSilence(try await Self.failure(manager, canary))
            try manager.registerRefusal(SecretError(.providerConfigInvalid, "refused", path: "CANARY"), as: .local)
            Self.expectSilence(try await Self.failure(manager, canary))
            let other = SecretsManager.forTests(defaultProvider: .local)
            try other.registerProvider(ScriptedProvider(), limits: .local)
            Self.expectSilence(try await Self.failure(other, canary))
        }
    }

    @Test("the reference itself prints without its path")
    func printing() throws {
        for canary in Self.canaries {
            #expect(!"\(try SecretURI(parsing: canary))".contains("CANARY"))
        }
    }

    @Test("every failure of the store on disk, also where a file of that name exists")
    func filesystem() async throws {
        let home = try TemporaryHome()
        let store = home.path + "/credentials"
        for canary in Self.canaries where !canary.contains("%") {
            for state in TemporaryHome.Obstacle.allCases {
                home.place(state, at: "credentials/" + canary)
                let manager = SecretsManager.forTests(defaultProvider: .local)
                try manager.registerProvider(
                    FilesystemProvider(name: .local, path: store, context: home.context()),
                    limits: .local
                )
                Self.expectSilence(try await Self.failure(manager, canary))
                let locked = SecretsManager.forTests(defaultProvider: .local)
                let keyless = home.context(masterKey: nil)
                try locked.registerProvider(
                    FilesystemProvider(name: .local, path: store, context: keyless),
                    limits: .local
                )
                Self.expectSilence(try await Self.failure(locked, canary))
                home.empty()
            }
        }
    }

    @Test("the report at start, whether the provider knows, does not know, or fails")
    func startupReport() async throws {
        for canary in Self.canaries {
            for outcome in ["unknown", "missing", "failing"] {
                let definition = ScriptedDefinition(
                    type: "filesystem",
                    exists: { reference throws(SecretError) in
                        guard outcome == "failing" else { return outcome == "missing" ? false : nil }
                        throw SecretError(
                            .providerPermissionDenied,
                            "no",
                            provider: "local",
                            path: reference.displayPath
                        )
                    }
                )
                let extensions = JaneeRuntime.Extensions(
                    providers: [definition],
                    authMethods: JaneeRuntime.Extensions.builtin.authMethods
                )
                let configuration = try TestConfiguration.parse(
                    """
                    providers: { local: { type: filesystem } }
                    services: { api: { baseUrl: "https://a.example", auth: { type: bearer, key: "\(canary)" } } }
                    """,
                    extensions: extensions
                )
                let home = try TemporaryHome()
                let runtime = try JaneeRuntime(
                    configuration: configuration,
                    extensions: extensions,
                    home: JaneeHome(environment: home.path, homeDirectory: home.path),
                    context: home.context()
                )
                for finding in await StartupReport(examining: runtime).findings {
                    #expect(!Self.dumped(finding).contains("CANARY"))
                    #expect(!finding.problem.line(in: "config.yaml").contains("CANARY"))
                }
                let uris = runtime.configuration.services.values.flatMap(\.auth.secrets.values)
                for failure in await runtime.secrets.start(uris.map(\.provider)) { Self.expectSilence(failure.error) }
            }
        }
    }
}
