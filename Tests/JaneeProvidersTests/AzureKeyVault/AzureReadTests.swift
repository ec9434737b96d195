import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Reading secrets of Azure Key Vault")
struct AzureReadTests {
    @Test("by name, by version, and a field of it")
    func reads() async throws {
        try await AzureScene.run { scene in
            let old = scene.vault.put("db", "p1")
            scene.vault.put("db", #"{"user":"app","pass":"p2"}"#)
            scene.vault.put("team--api--key", "joined")
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "db") == #"{"user":"app","pass":"p2"}"#)
            #expect(try await scene.read(provider, "db", field: "pass") == "p2")
            #expect(try await scene.read(provider, "db", field: "/user") == "app")
            #expect(try await scene.read(provider, "db", version: old) == "p1")
            #expect(try await scene.read(provider, "nope") == "nil")
            #expect(try await scene.read(provider, "db", version: String(repeating: "f", count: 32)) == "nil")
            let request = try #require(scene.vault.requests.first)
            #expect(request.method == "GET" && request.target == "/secrets/db?api-version=7.4")
            #expect(request.header("authorization")?.hasPrefix("Bearer ey") == true)
            #expect(scene.directory.requests.count == 1)
            let joined = try scene.provider(settings: ["pathSeparator": .string("--")])
            #expect(try await scene.read(joined, "team/api/key") == "joined")
            scene.vault.delete("db")
            #expect(try await scene.read(provider, "db") == "nil")
            await joined.dispose()
            await provider.dispose()
        }
    }

    static let names: [(path: String, separator: String?, name: String?)] = [
        ("github-token", nil, "github-token"), ("A1", nil, "A1"), ("a/b", nil, nil), ("a/b", "--", "a--b"),
        ("a_b", nil, nil), ("a.b", nil, nil), ("p%C3%A4ss", nil, nil), ("a%2Fb", nil, nil), ("a--b", "--", "a--b"),
        ("a--b/c", "--", nil), ("a-/b", "--", nil), ("a/-b", "--", nil),
        (String(repeating: "x", count: 127), nil, String(repeating: "x", count: 127)),
        (String(repeating: "x", count: 128), nil, nil),
        (String(repeating: "x", count: 64) + "/" + String(repeating: "x", count: 62), "--", nil),
    ]

    @Test(
        "what no secret of a vault can be called is refused without asking, and no two paths are one name",
        arguments: names
    )
    func name(path: String, separator: String?, name: String?) throws {
        let reference = try SecretReference(path: path)
        guard let name else {
            let error = #expect(throws: SecretError.self) { try AzureSecretName(reference, separator: separator) }
            #expect(error?.code == .invalidSecretURI)
            return
        }
        #expect(try AzureSecretName(reference, separator: separator).name == name)
    }

    @Test(
        "a version is 32 hexadecimal digits",
        arguments: ["", "latest", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdeg"]
    )
    func version(text: String) throws {
        let reference = try SecretReference(path: "a", version: text)
        #expect(throws: SecretError.self) { try AzureSecretName(reference, separator: nil) }
    }

    static let addresses: [(address: String, resource: String?)] = [
        ("https://example.vault.azure.net", "https://vault.azure.net"),
        ("https://Example.VAULT.azure.net/", "https://vault.azure.net"),
        ("https://a-b.vault.azure.cn", "https://vault.azure.cn"),
        ("https://abc.vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"),
        ("https://127.0.0.1:8443", "https://vault.azure.net"), ("https://localhost:8443", "https://vault.azure.net"),
        ("http://127.0.0.1:8443", nil), ("http://example.vault.azure.net", nil),
        ("https://example.vault.azure.net:8443", nil),
        ("https://example.vault.azure.net/secrets", nil), ("https://vault.azure.net", nil),
        ("https://.vault.azure.net", nil),
        ("https://a.b.vault.azure.net", nil), ("https://example.vault.azure.net.evil.example", nil),
        ("https://evil.example", nil),
        ("https://evilvault.azure.net", nil), ("https://example.managedhsm.azure.net", nil), ("https://10.0.0.1", nil),
        ("https://user@example.vault.azure.net", nil),
    ]

    @Test("a token goes to vaults of its cloud only, and to an emulator on this machine", arguments: addresses)
    func address(address: String, resource: String?) throws {
        let refusal = ConfigStringFormat.azureVaultURL.check(address)
        #expect((refusal == nil) == (resource != nil), "\(refusal?.message ?? "")")
        if let resource { #expect(AzureCloud(ofVault: try EndpointURL(parsing: address))?.resource == resource) }
        if address.contains("managedhsm") { #expect(refusal?.message.contains("keys and no secrets") == true) }
    }

    static let answers: [(fault: KeyVaultDouble.Fault, words: String)] = [
        (.throttled(header: "Retry-After", value: "7"), "PROVIDER_RATE_LIMITED"),
        (.throttled(header: "retry-after-ms", value: "700"), "PROVIDER_RATE_LIMITED"),
        (.throttled(header: "x-ms-retry-after-ms", value: "700"), "PROVIDER_RATE_LIMITED"),
        (.throttled(header: nil, value: ""), "PROVIDER_RATE_LIMITED"), (.serverError(500), "PROVIDER_UNAVAILABLE"),
        (.serverError(503), "PROVIDER_UNAVAILABLE"),
        (.serverError(409), "PROVIDER_UNAVAILABLE: the secret is being deleted"),
        (.serverError(404), "PROVIDER_CONFIG_INVALID"), (.serverError(400), "PROVIDER_INTERNAL_ERROR"),
        (.serverError(302), "PROVIDER_INTERNAL_ERROR"), (.html200(canary: "CANARY"), "PROVIDER_INTERNAL_ERROR"),
        (.closeConnection, "PROVIDER_UNAVAILABLE"),
        (
            .forbidden(inner: "ForbiddenByRbac", message: "CANARY"),
            "PROVIDER_PERMISSION_DENIED: the service principal may not read secrets of the vault; assign it the role 'Key Vault Secrets User'"
        ),
        (
            .forbidden(inner: "ForbiddenByPolicy", message: "CANARY"),
            "PROVIDER_PERMISSION_DENIED: the service principal may not read secrets of the vault; give it the permission 'get'"
        ),
        (
            .forbidden(inner: "ForbiddenByFirewall", message: "CANARY"),
            "PROVIDER_PERMISSION_DENIED: the vault's firewall"
        ),
        (
            .forbidden(
                inner: nil,
                message: "Client address is not authorized and caller is not a trusted service. CANARY"
            ), "PROVIDER_PERMISSION_DENIED: the vault's firewall"
        ),
        (
            .forbidden(inner: "SecretDisabled", message: "CANARY"),
            "PROVIDER_PERMISSION_DENIED: the secret, or the version, is disabled"
        ),
    ]

    @Test("failures of the vault are told by what they are, without its words", arguments: answers)
    func failures(fault: KeyVaultDouble.Fault, words: String) async throws {
        try await AzureScene.run { scene in
            scene.vault.put("db", "x")
            let provider = try scene.provider()
            scene.vault.set(fault)
            let found = try await scene.read(provider, "db")
            #expect(found.hasPrefix(words), "\(found)")
            #expect(!found.contains("CANARY") && !scene.log.lines.contains { $0.contains("CANARY") })
            scene.vault.clearFaults()
            #expect(try await scene.read(provider, "db") == "x")
            #expect(scene.directory.requests.count == 1)
            await provider.dispose()
        }
    }

    @Test("a secret that is past its dates is given, and a warning says so once")
    func dates() async throws {
        try await AzureScene.run { scene in
            let now = Int(AzureScene.epoch.components.seconds)
            scene.vault.put("old", "x", expires: now - 60)
            scene.vault.put("early", "x", notBefore: now + 60)
            scene.vault.put("off", "x", isEnabled: false)
            let provider = try scene.provider()
            for _ in 0..<3 {
                #expect(try await scene.read(provider, "old") == "x")
                #expect(try await scene.read(provider, "early") == "x")
            }
            #expect(
                try await scene.read(provider, "off")
                    .hasPrefix("PROVIDER_PERMISSION_DENIED: the secret, or the version, is disabled")
            )
            #expect(scene.log.lines.count { $0.contains("expired 60 seconds ago") } == 1)
            #expect(scene.log.lines.count { $0.contains("is not to be used for 60 more seconds") } == 1)
            await provider.dispose()
        }
    }

    @Test("health and the check of permissions read no value, over all pages")
    func probes() async throws {
        try await AzureScene.run { scene in
            var ids: [String] = []
            for number in 0..<7 { ids.append(scene.vault.put("db", "v\(number)")) }
            scene.vault.put("off", "x", isEnabled: false)
            scene.vault.pageSize = 2
            let provider = try scene.provider()
            #expect(await provider.healthCheck() == .healthy)
            #expect(try await provider.probe(try SecretReference(path: "db")) == true)
            for id in ids { #expect(try await provider.probe(try SecretReference(path: "db", version: id)) == true) }
            #expect(
                try await provider.probe(try SecretReference(path: "db", version: String(repeating: "f", count: 32)))
                    == false
            )
            #expect(try await provider.probe(try SecretReference(path: "nope")) == false)
            await #expect(throws: SecretError.self) { try await provider.probe(try SecretReference(path: "off")) }
            #expect(scene.vault.requests.allSatisfy { !$0.target.hasPrefix("/secrets/db?") })
            scene.vault.nextHost = scene.vaultAddress
            #expect(try await provider.probe(try SecretReference(path: "db")) == true)
            scene.vault.forbidsLists = true
            #expect(try await provider.probe(try SecretReference(path: "db")) == nil)
            #expect(await provider.healthCheck() == .healthy)
            scene.vault.forbidsLists = false
            for host in ["https://evil.example", "//evil.example", scene.vaultAddress + "0", "http://127.0.0.1"] {
                scene.vault.nextHost = host
                let error = await #expect(throws: SecretError.self) {
                    try await provider.probe(try SecretReference(path: "db"))
                }
                #expect(error?.code == .providerInternalError, "\(host)")
            }
            scene.vault.set(.forbidden(inner: "ForbiddenByFirewall", message: "x"))
            #expect(await provider.healthCheck().healthy == false)
            await provider.dispose()
        }
    }

    @Test("a challenge that names another resource is refused, and nothing is asked of the directory for it")
    func foreignChallenge() async throws {
        try await AzureScene.run { scene in
            scene.vault.put("db", "x")
            let provider = try scene.provider()
            #expect(await scene.start(provider) == nil)
            for text in [
                "Bearer authorization=\"https://login.example/x\", resource=\"https://graph.microsoft.com\"",
                "Bearer authorization=\"https://login.example/x\", scope=\"https://management.azure.com/.default\"",
            ] {
                scene.vault.clearFaults()
                scene.vault.set(.challenge(text), count: 1)
                let found = try await scene.read(provider, "db")
                #expect(
                    found.hasPrefix("PROVIDER_CONFIG_INVALID: what answers at the vaultUrl wants a token"),
                    "\(found)"
                )
            }
            #expect(scene.directory.requests.count == 1)
            #expect(try await scene.read(provider, "db") == "x")
            await provider.dispose()
        }
    }

    @Test("a claims challenge is answered with a token that has the claims, once")
    func claims() async throws {
        try await AzureScene.run { scene in
            scene.vault.put("db", "x")
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "db") == "x")
            let claims = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ=="
            let challenge =
                "Bearer authorization=\"https://login.example/\(EntraDouble.tenant)\", resource=\"https://vault.azure.net\", "
                + "error=\"insufficient_claims\", claims=\"\(claims)\""
            scene.vault.set(.challenge(challenge), count: 1)
            #expect(try await scene.read(provider, "db") == "x")
            #expect(scene.directory.lastForm["claims"] == #"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#)
            scene.vault.set(.challenge(challenge))
            let found = try await scene.read(provider, "db")
            #expect(found.hasPrefix("PROVIDER_AUTH_FAILED"), "\(found)")
            #expect(scene.directory.requests.count <= 4)
            await provider.dispose()
        }
    }
}
