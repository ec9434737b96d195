import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Tokens from a directory of Microsoft's")
struct EntraLoginTests {
    private static let certificate: [String: ConfigNode.Value] = [
        "method": .string("certificate"), "tenantId": .string(EntraDouble.tenant),
        "clientId": .string(EntraDouble.client),
    ]

    @Test("a client secret, sent as the SDKs send it, and read again when it is replaced")
    func secret() async throws {
        try await AzureScene.run { (scene) async throws in
            scene.vault.put("db", "x")
            _ = try scene.files.write("daemon-app-secret\n", to: "secret")
            var auth = AzureScene.principal
            auth["clientSecret"] = .string("${file:\(scene.files.path(of: "secret"))}")
            let provider = try scene.provider(auth)
            #expect(try await scene.read(provider, "db") == "x")
            let request = try #require(scene.directory.requests.first)
            #expect(request.target == "/\(EntraDouble.tenant)/oauth2/v2.0/token" && request.method == "POST")
            #expect(
                scene.directory.lastForm == [
                    "client_id": EntraDouble.client, "grant_type": "client_credentials",
                    "scope": "https://vault.azure.net/.default", "client_secret": "daemon-app-secret",
                ]
            )
            #expect(scene.log.lines.contains { $0.contains("has the token of the service principal") })
            #expect(scene.log.lines.contains { $0.contains("AZURE_AUTHORITY_HOST") })
            scene.directory.secret = "another"
            _ = try scene.files.write("another", to: "secret")
            scene.tokens.revokeAll()
            #expect(try await scene.read(provider, "db") == "x")
            #expect(scene.directory.requests.count == 2)
            #expect(scene.observed.withLock { $0.contains(SecretValue("another")) })
            await provider.dispose()
        }
    }

    @Test("tokens are replaced at 80 % of their time, or when the directory wants it, in the background")
    func life() async throws {
        try await AzureScene.run { (scene) async throws in
            scene.vault.put("db", "x")
            let provider = try scene.provider()
            #expect(await scene.start(provider) == nil)
            try await scene.pace.advance(by: .seconds(2870), step: .seconds(10))
            #expect(scene.directory.requests.count == 1)
            try await scene.pace.advance(by: .seconds(20), step: .seconds(10))
            #expect(scene.directory.requests.count == 2)
            scene.directory.refreshIn = 1800
            try await scene.pace.advance(by: .seconds(2890), step: .seconds(10))
            #expect(scene.directory.requests.count == 3)
            try await scene.pace.advance(by: .seconds(1770), step: .seconds(10))
            #expect(scene.directory.requests.count == 3)
            try await scene.pace.advance(by: .seconds(20), step: .seconds(10))
            #expect(scene.directory.requests.count == 4)
            // An outage of the directory does not matter before the token expires, and then it is an error that passes.
            scene.directory.failure = EntraDouble.Failure(status: 503, error: "temporarily_unavailable", number: 90_033)
            try await scene.pace.advance(by: .seconds(3500), step: .seconds(10))
            #expect(try await scene.read(provider, "db") == "x")
            try await scene.pace.advance(by: .seconds(200), step: .seconds(10))
            #expect(try await scene.read(provider, "db").hasPrefix("PROVIDER_AUTH_FAILED: the credential has expired"))
            scene.directory.failure = nil
            try await scene.pace.advance(by: .seconds(70), step: .seconds(10))
            #expect(try await scene.read(provider, "db") == "x")
            await provider.dispose()
        }
    }

    @Test(
        "a certificate signs an assertion that the directory can check, a new one each time",
        arguments: [true, false]
    )
    func certificate(isOneFile: Bool) async throws {
        try await AzureScene.run { (scene) async throws in
            scene.vault.put("db", "x")
            scene.directory.secret = nil
            var auth = Self.certificate
            auth["certificateFile"] = .string(scene.files.path(of: "app.pem"))
            if isOneFile {
                _ = try scene.files.write(
                    EntraTestCertificate.key + "\n" + EntraTestCertificate.certificate,
                    to: "app.pem"
                )
            } else {
                _ = try scene.files.write(EntraTestCertificate.certificate, to: "app.pem")
                _ = try scene.files.write(EntraTestCertificate.key, to: "app.key")
                auth["keyFile"] = .string(scene.files.path(of: "app.key"))
            }
            let provider = try scene.provider(auth)
            #expect(try await scene.read(provider, "db") == "x")
            scene.tokens.revokeAll()
            #expect(try await scene.read(provider, "db") == "x")
            #expect(scene.directory.requests.count == 2)
            #expect(scene.directory.lastForm["client_secret"] == nil)
            await provider.dispose()
        }
    }

    static let unusable: [(files: [String: String], words: String)] = [
        (["app.pem": "no pem"], "holds no certificate"),
        (["app.pem": EntraTestCertificate.certificate], "holds no RSA key"),
        (["app.pem": EntraTestCertificate.certificate + "\n" + TestCertificates.clientKey], "holds no RSA key"),
        (
            [
                "app.pem": EntraTestCertificate.certificate
                    + "\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----"
            ], "is encrypted"
        ), ([:], "the file cannot be read"),
    ]

    @Test("a certificate or a key that cannot be used is a mistake of the configuration", arguments: unusable)
    func broken(files: [String: String], words: String) async throws {
        try await AzureScene.run { (scene) async throws in
            for (name, text) in files { _ = try scene.files.write(text, to: name) }
            var auth = Self.certificate
            auth["certificateFile"] = .string(scene.files.path(of: "app.pem"))
            let provider = try scene.provider(auth)
            let found = await scene.start(provider)
            #expect(
                found?.hasPrefix("PROVIDER_CONFIG_INVALID: ") == true && found?.contains(words) == true,
                "\(found ?? "")"
            )
            #expect(scene.directory.requests.isEmpty)
            await provider.dispose()
        }
    }

    @Test("a workload identity trades the token of its file, which is read again, with what the environment says")
    func workload() async throws {
        try await AzureScene.run { (scene) async throws in
            scene.vault.put("db", "x")
            scene.directory.secret = nil
            scene.directory.federatedToken = "cluster.token.1"
            _ = try scene.files.write("cluster.token.1\n", to: "token")
            scene.set("AZURE_FEDERATED_TOKEN_FILE", scene.files.path(of: "token"))
            scene.set("AZURE_CLIENT_ID", EntraDouble.client)
            scene.set("AZURE_TENANT_ID", EntraDouble.tenant)
            let provider = try scene.provider(["method": .string("workload-identity")])
            #expect(try await scene.read(provider, "db") == "x")
            #expect(
                scene.directory.lastForm == [
                    "client_id": EntraDouble.client, "grant_type": "client_credentials",
                    "scope": "https://vault.azure.net/.default", "client_assertion": "cluster.token.1",
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ]
            )
            _ = try scene.files.write("cluster.token.2", to: "token")
            scene.directory.federatedToken = "cluster.token.2"
            scene.tokens.revokeAll()
            #expect(try await scene.read(provider, "db") == "x")
            #expect(scene.observed.withLock { $0.contains(SecretValue("cluster.token.2")) })
            await provider.dispose()
            for name in ["AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"] {
                let before = scene.environment.withLock { $0[name] }
                scene.set(name, nil)
                let incomplete = try scene.provider(["method": .string("workload-identity")])
                let found = await scene.start(incomplete)
                #expect(
                    found?.hasPrefix("PROVIDER_CONFIG_INVALID") == true && found?.contains(name) == true,
                    "\(found ?? "")"
                )
                await incomplete.dispose()
                scene.set(name, before)
            }
        }
    }

    static let numbers: [(number: Int, status: Int, error: String, words: String)] = [
        (7_000_215, 401, "invalid_client", "PROVIDER_AUTH_FAILED: the client secret is wrong"),
        (7_000_222, 401, "invalid_client", "PROVIDER_AUTH_FAILED: the client secret has expired"),
        (700_016, 400, "unauthorized_client", "PROVIDER_AUTH_FAILED: the directory has no application"),
        (700_027, 401, "invalid_client", "PROVIDER_AUTH_FAILED: the directory does not accept the certificate"),
        (70_021, 400, "invalid_client", "PROVIDER_AUTH_FAILED: no federated credential"),
        (700_213, 401, "invalid_client", "PROVIDER_AUTH_FAILED: no federated credential"),
        (90_002, 400, "invalid_request", "PROVIDER_CONFIG_INVALID: there is no directory"),
        (500_011, 400, "invalid_resource", "PROVIDER_CONFIG_INVALID: the directory does not know Key Vault"),
        (99_999, 401, "invalid_client", "PROVIDER_AUTH_FAILED: the directory refuses the login"),
        (99_999, 503, "server_error", "PROVIDER_UNAVAILABLE"),
        (99_999, 400, "temporarily_unavailable", "PROVIDER_UNAVAILABLE"),
        (99_999, 429, "slow_down", "PROVIDER_RATE_LIMITED"), (99_999, 418, "teapot", "PROVIDER_INTERNAL_ERROR"),
    ]

    @Test("the numbers of the directory are explained in our words", arguments: numbers)
    func refusals(number: Int, status: Int, error: String, words: String) async throws {
        try await AzureScene.run { (scene) async throws in
            let provider = try scene.provider()
            scene.directory.failure = EntraDouble.Failure(status: status, error: error, number: number)
            let found = await scene.start(provider)
            #expect(found?.hasPrefix(words) == true, "\(found ?? "")")
            #expect(found?.contains("AADSTS\(number)") == true && found?.contains("CANARY") == false)
            await provider.dispose()
        }
    }

    @Test("a token that the vault refuses is replaced once, and then the vault's directory is named")
    func anotherTenant() async throws {
        try await AzureScene.run { (scene) async throws in
            scene.vault.put("db", "x")
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "db") == "x")
            scene.vault.set(
                .challenge(
                    "Bearer authorization=\"https://login.example/\(EntraDouble.tenant)\", resource=\"https://vault.azure.net\""
                )
            )
            let found = try await scene.read(provider, "db")
            #expect(found.hasPrefix("PROVIDER_AUTH_FAILED") && found.contains(EntraDouble.tenant), "\(found)")
            #expect(scene.directory.requests.count == 2)
            await provider.dispose()
        }
    }

    @Test(
        "a directory is Microsoft's, or on this machine",
        arguments: [
            ("https://login.microsoftonline.us", true), ("login.microsoftonline.com", true),
            ("https://login.windows.net/", true),
            ("https://evil.example", false), ("http://login.microsoftonline.com", false),
            ("https://login.microsoftonline.com:8443", false), ("https://login.microsoftonline.com/x", false),
            ("https://login.microsoftonline.com.evil.example", false),
        ]
    )
    func authorities(host: String, isKnown: Bool) async throws {
        try await AzureScene.run { (scene) async throws in
            scene.set("AZURE_AUTHORITY_HOST", host)
            if isKnown {
                _ = try scene.provider()
            } else {
                let error = #expect(throws: SecretError.self) { try scene.provider() }
                #expect(error?.code == .providerConfigInvalid && error?.detail.contains("AZURE_AUTHORITY_HOST") == true)
            }
        }
    }
}
