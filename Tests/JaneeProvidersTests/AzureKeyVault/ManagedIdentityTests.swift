import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Managed identities of Azure")
struct ManagedIdentityTests {
    private func run(
        _ auth: [String: ConfigNode.Value] = [:],
        _ body: (AzureScene, AzureKeyVaultProvider) async throws -> Void
    ) async throws {
        try await AzureScene.run { scene in
            scene.vault.put("db", "x")
            let provider = try scene.provider(AzureScene.managed.merging(auth) { $1 })
            try await body(scene, provider)
            await provider.dispose()
        }
    }

    @Test("the machine is asked as the SDKs ask it, and its token is replaced in time")
    func instance() async throws {
        try await run { (scene, provider) async throws in
            #expect(try await scene.read(provider, "db") == "x")
            let request = try #require(scene.platform.requests.first)
            #expect(request.method == "GET" && request.header("metadata") == "true")
            #expect(
                request.target
                    == "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"
            )
            #expect(
                scene.log.lines.contains { $0.contains("has the token of the managed identity of the machine (IMDS)") }
            )
            #expect(scene.log.lines.contains { $0.contains("AZURE_POD_IDENTITY_AUTHORITY_HOST") })
            #expect(scene.directory.requests.isEmpty)
            try await scene.pace.advance(by: .seconds(86_399 * 4 / 5 + 10), step: .seconds(600))
            #expect(scene.platform.requests.count == 2)
        }
    }

    @Test("the same token again is no failure, and not asked for in haste")
    func sameToken() async throws {
        try await run { (scene, provider) async throws in
            scene.platform.lifetime = 3600
            #expect(await scene.start(provider) == nil)
            scene.platform.isSameToken = true
            scene.platform.lifetime = 720
            try await scene.pace.advance(by: .seconds(2890), step: .seconds(10))
            #expect(scene.platform.requests.count == 2)
            #expect(try await scene.read(provider, "db") == "x")
            #expect(!scene.log.lines.contains { $0.contains("failed") })
        }
    }

    @Test("one of several identities is named by its id", arguments: ["clientId", "objectId", "resourceId"])
    func assigned(field: String) async throws {
        try await run([field: .string(EntraDouble.client)]) { (scene, provider) async throws in
            #expect(try await scene.read(provider, "db") == "x")
            let parameter = ["clientId": "client_id", "objectId": "object_id", "resourceId": "msi_res_id"][field] ?? ""
            #expect(scene.platform.requests.first?.target.hasSuffix("&\(parameter)=\(EntraDouble.client)") == true)
        }
        try await run([field: .string("11111111-1111-1111-1111-111111111111")]) { (scene, provider) async throws in
            let found = await scene.start(provider)
            #expect(
                found?.hasPrefix("PROVIDER_AUTH_FAILED: the identity that auth names is not assigned") == true,
                "\(found ?? "")"
            )
            #expect(found?.contains("CANARY") == false)
        }
    }

    @Test("a service that is being updated is waited for, and one that fails is tried again")
    func updates() async throws {
        try await run { (scene, provider) async throws in
            scene.platform.fail([410, 404, 500])
            let start = Task { await scene.start(provider) }
            // A little at a time, for nothing is asked before the pause after the last question has begun.
            try await scene.pace.until {
                scene.pass(.milliseconds(50))
                return scene.platform.requests.count >= 4
            }
            #expect(await start.value == nil)
            #expect(try await scene.read(provider, "db") == "x")
        }
    }

    @Test("an identity that is not there, and a platform that refuses, say so")
    func refusals() async throws {
        for (status, words) in [
            (400, "PROVIDER_AUTH_FAILED: there is no managed identity"), (403, "PROVIDER_AUTH_FAILED"),
            (429, "PROVIDER_RATE_LIMITED"), (418, "PROVIDER_INTERNAL_ERROR"),
        ] {
            try await run { (scene, provider) async throws in
                scene.platform.fail([status])
                let found = await scene.start(provider)
                #expect(found?.hasPrefix(words) == true, "\(found ?? "")")
            }
        }
    }

    @Test("App Service is asked where and with what the environment says")
    func appService() async throws {
        try await run(["clientId": .string(EntraDouble.client)]) { (scene, provider) async throws in
            scene.set("IDENTITY_ENDPOINT", scene.platformAddress + "/msi/token")
            scene.set("IDENTITY_HEADER", AzureIdentityDouble.header)
            #expect(try await scene.read(provider, "db") == "x")
            let request = try #require(scene.platform.requests.first)
            #expect(
                request.target
                    == "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net&client_id=\(EntraDouble.client)"
            )
            #expect(scene.log.lines.contains { $0.contains("(App Service)") })
            #expect(scene.observed.withLock { $0.contains(SecretValue(AzureIdentityDouble.header)) })
            scene.set("IDENTITY_SERVER_THUMBPRINT", "00")
            scene.tokens.revokeAll()
            #expect(try await scene.read(provider, "db").contains("Service Fabric"))
        }
    }

    @Test("Machine Learning and Cloud Shell have protocols of their own")
    func oldPlatforms() async throws {
        try await run { (scene, provider) async throws in
            scene.set("MSI_ENDPOINT", scene.platformAddress + "/old/token")
            scene.set("MSI_SECRET", AzureIdentityDouble.header)
            #expect(try await scene.read(provider, "db") == "x")
            #expect(
                scene.platform.requests.last?.target
                    == "/old/token?api-version=2017-09-01&resource=https%3A%2F%2Fvault.azure.net"
            )
            scene.tokens.revokeAll()
            scene.set("MSI_ENDPOINT", scene.platformAddress + "/shell/token")
            scene.set("MSI_SECRET", nil)
            #expect(try await scene.read(provider, "db") == "x")
            let request = try #require(scene.platform.requests.last)
            #expect(
                request.method == "POST"
                    && String(decoding: request.body, as: UTF8.self) == "resource=https%3A%2F%2Fvault.azure.net"
            )
        }
        try await run(["clientId": .string(EntraDouble.client)]) { (scene, provider) async throws in
            scene.set("MSI_ENDPOINT", scene.platformAddress + "/shell/token")
            #expect(
                await scene.start(provider)?.hasPrefix("PROVIDER_CONFIG_INVALID: Cloud Shell has one identity") == true
            )
        }
    }

    // MARK: Azure Arc

    private func source(_ scene: AzureScene, _ id: ManagedIdentityID = .system) throws -> ManagedIdentitySource {
        scene.set("IDENTITY_ENDPOINT", scene.platformAddress + "/metadata/identity/oauth2/token")
        scene.set("IMDS_ENDPOINT", scene.platformAddress)
        let name = try #require(ProviderName("azureProd"))
        return ManagedIdentitySource(
            id,
            resource: "https://vault.azure.net",
            name,
            scene.context,
            arcTokens: scene.files.path(of: "tokens"),
            hasArcAgent: { false }
        )
    }

    @Test("Arc gets the content of a file that it has written itself")
    func arc() async throws {
        try await AzureScene.run { (scene) async throws in
            try scene.files.makeDirectory("tokens")
            let file = try scene.files.write("arc-key", to: "tokens/1.key")
            scene.platform.setArc(challenge: "Basic realm=\(file)", key: "arc-key")
            let grant = try await source(scene).issue(claims: nil)
            #expect(grant.token.identity.contains("Azure Arc"))
            #expect(scene.platform.requests.count == 2)
            #expect(scene.observed.withLock { $0.contains(SecretValue("arc-key")) })
            let template = try SubstitutionTemplate(parsing: EntraDouble.client, in: .credential)
            _ = try await source(scene, .assigned(.client, template)).issue(claims: nil)
            scene.platform.setArc(
                challenge: "Basic realm=\(file)",
                key: "arc-key",
                echo: "11111111-1111-1111-1111-111111111111"
            )
            let error = await #expect(throws: SecretError.self) {
                try await source(scene, .assigned(.client, template)).issue(claims: nil)
            }
            #expect(error?.detail.contains("another identity") == true)
        }
    }

    @Test("no other file is read, whatever answers as Arc names")
    func arcFiles() async throws {
        try await AzureScene.run { (scene) async throws in
            try scene.files.makeDirectory("tokens")
            try scene.files.makeDirectory("tokens/sub")
            let tokens = scene.files.path(of: "tokens")
            _ = try scene.files.write("secret", to: "other.key")
            _ = try scene.files.write("secret", to: "tokens/1.txt")
            _ = try scene.files.write("secret", to: "tokens/sub/1.key")
            _ = try scene.files.write(String(repeating: "x", count: 4097), to: "tokens/big.key")
            _ = try scene.files.write("", to: "tokens/empty.key")
            _ = try scene.files.write("two\nlines", to: "tokens/lines.key")
            try scene.files.link("tokens/link.key", to: scene.files.path(of: "other.key"))
            for path in [
                scene.files.path(of: "other.key"), "\(tokens)/1.txt", "\(tokens)/sub/1.key", "\(tokens)/../other.key",
                "\(tokens)/big.key", "\(tokens)/empty.key", "\(tokens)/lines.key", "\(tokens)/link.key",
                "\(tokens)/none.key",
                "\(tokens)/.key", "/etc/passwd", tokens, "",
            ] {
                scene.platform.setArc(challenge: "Basic realm=\(path)", key: "secret")
                let error = await #expect(throws: SecretError.self, "\(path)") {
                    try await source(scene).issue(claims: nil)
                }
                #expect(error?.code == .providerAuthFailed, "\(path)")
            }
            // Nothing was sent but the question.
            #expect(scene.platform.requests.allSatisfy { $0.header("authorization") == nil })
            for challenge in ["Bearer realm=\(tokens)/1.key", "Basic", "Basic realm=a, realm=b"] {
                scene.platform.setArc(challenge: challenge, key: "secret")
                await #expect(throws: SecretError.self) { try await source(scene).issue(claims: nil) }
            }
        }
    }
}
