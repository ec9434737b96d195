import JaneeJSON
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Logging in to Vault")
struct VaultLoginTests {
    private func store(_ double: VaultDouble) {
        double.write("mcp/key", ["value": "the key"])
    }

    private func jwt(_ claims: String) -> String {
        JWTClaimsTests.token(claims).text
    }

    /// A server with every auth method set up.
    private func setUp(_ double: VaultDouble) {
        store(double)
        let policies: JSONValue = ["janee"]
        for type in ["kubernetes", "jwt", "userpass", "ldap", "cert"] {
            double.administer("POST", "sys/auth/\(type)", ["type": .string(type)])
        }
        double.administer(
            "POST",
            "auth/kubernetes/role/janee",
            [
                "bound_service_account_names": ["app"], "bound_service_account_namespaces": ["default"],
                "token_policies": policies, "audience": "vault",
            ]
        )
        double.administer(
            "POST",
            "auth/jwt/role/janee",
            ["role_type": "jwt", "bound_audiences": ["vault"], "user_claim": "sub", "token_policies": policies]
        )
        double.administer(
            "POST",
            "auth/userpass/users/alice%20b",
            ["password": "wonderland", "token_policies": policies]
        )
        double.administer("POST", "auth/ldap/users/alice", ["password": "wonderland", "token_policies": policies])
        double.administer(
            "POST",
            "auth/cert/certs/janee",
            ["allowed_common_names": ["client"], "token_policies": policies]
        )
    }

    static let expiry = Int(VaultScene.epoch.components.seconds) + 3600
    static let good =
        #"{"iss":"x","sub":"system:serviceaccount:default:app","aud":["vault"],"exp":\#(expiry),"kubernetes.io":{"namespace":"default","serviceaccount":{"name":"app","uid":"u"}}}"#

    @Test("a service account logs in, with its file read anew each time")
    func kubernetes() async throws {
        try await VaultScene.run { scene in
            setUp(scene.double)
            let file = try scene.directory.write(jwt(Self.good) + "\n", to: "token")
            let provider = try scene.provider([
                "method": .string("kubernetes"), "role": .string("janee"), "serviceAccountPath": .string(file),
            ])
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            // The old token is gone; the new one is what the file holds by now.
            scene.double.revokeAllTokens()
            try _ = scene.directory.write("garbage", to: "token")
            try await scene.advance(by: .seconds(11))
            let refused = try await scene.read(provider, "mcp/key")
            #expect(refused.hasPrefix("PROVIDER_AUTH_FAILED"), "\(refused)")
            try _ = scene.directory.write(jwt(Self.good), to: "token")
            try await scene.advance(by: .seconds(61))
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            await provider.dispose()
        }
    }

    @Test(
        "a refused service account is told with its claims",
        arguments: [
            (
                good.replacing("default:app", with: "default:other")
                    .replacing(#""name":"app""#, with: #""name":"other""#),
                "its subject is 'system:serviceaccount:default:other'"
            ),
            (good.replacing("\(expiry)", with: "\(expiry - 7200)"), "it expired 3600 seconds ago"),
            (good.replacing(#"["vault"]"#, with: #"["other"]"#), "its audience is 'other'"),
        ]
    )
    func kubernetesRefused(claims: String, words: String) async throws {
        try await VaultScene.run { scene in
            setUp(scene.double)
            let file = try scene.directory.write(jwt(claims), to: "token")
            let provider = try scene.provider([
                "method": .string("kubernetes"), "role": .string("janee"), "serviceAccountPath": .string(file),
            ])
            let answer = try await scene.read(provider, "mcp/key")
            #expect(answer.hasPrefix("PROVIDER_AUTH_FAILED") && answer.contains(words), "\(answer)")
            await provider.dispose()
        }
    }

    @Test("each other method logs in", arguments: ["approle", "jwt", "userpass", "ldap", "cert", "token"])
    func methods(method: String) async throws {
        try await VaultScene.run(tls: .mutual) { scene in
            setUp(scene.double)
            let own: [String: ConfigNode.Value] = [
                "clientCertFile": .string(scene.directory.path(of: "client.pem")),
                "clientKeyFile": .string(scene.directory.path(of: "client.key")),
            ]
            let provider = try scene.provider(login(method, scene), tls: own)
            try await provider.initialize()
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            #expect(scene.count(.logins) == (method == "token" ? 0 : 1))
            await provider.dispose()
            #expect(scene.count(.revocations) == (method == "token" ? 0 : 1))
        }
    }

    private func login(_ method: String, _ scene: VaultScene) -> [String: ConfigNode.Value] {
        switch method {
        case "jwt": ["method": .string("jwt"), "role": .string("janee"), "jwt": .string(jwt(Self.good))]
        case "userpass":
            ["method": .string("userpass"), "username": .string("alice b"), "password": .string("wonderland")]
        case "ldap": ["method": .string("ldap"), "username": .string("alice"), "password": .string("wonderland")]
        case "cert": ["method": .string("cert"), "name": .string("janee")]
        case "token":
            ["method": .string("token"), "token": .string(scene.double.issueToken(["policies": ["janee"]]))]
        default: VaultScene.approle
        }
    }

    static let refusals: [(method: String, change: [String: ConfigNode.Value], words: String)] = [
        ("approle", ["secretId": .string("wrong")], "neither used up nor expired"),
        ("approle", ["mount": .string("nowhere")], "at auth/nowhere"),
        ("jwt", ["role": .string("other")], "its subject is"),
        ("userpass", ["password": .string("wrong")], "are username and password right?"),
        ("ldap", ["password": .string("wrong")], "are username and password right?"),
        ("token", ["token": .string("s.bogus")], "does not accept the token"),
    ]

    @Test("a refused login is an authentication failure that says what to look at", arguments: refusals)
    func refused(method: String, change: [String: ConfigNode.Value], words: String) async throws {
        for texts in [nil, VaultDouble.Fault.openBaoTexts, .newServerTexts] {
            try await VaultScene.run { scene in
                setUp(scene.double)
                if let texts { scene.double.set(texts) }
                let provider = try scene.provider(login(method, scene).merging(change) { $1 })
                let error = await #expect(throws: SecretError.self) { try await provider.initialize() }
                #expect(error?.code == .providerAuthFailed)
                #expect(error?.detail.contains(words) == true, "\(error?.detail ?? "")")
                await provider.dispose()
            }
        }
    }

    @Test("an agent that has a token of its own gets none from us")
    func agent() async throws {
        try await VaultScene.run { scene in
            setUp(scene.double)
            let provider = try scene.provider(["method": .string("agent")])
            _ = try await scene.read(provider, "mcp/key")
            #expect(scene.double.requests.allSatisfy { !$0.hasToken })
            #expect(scene.count(.logins) == 0)
            await provider.dispose()
            #expect(scene.count(.revocations) == 0)
        }
    }

    @Test("an agent that has no token for a while works again as soon as it has one")
    func agentRecovers() async throws {
        try await VaultScene.run { scene in
            setUp(scene.double)
            let provider = try scene.provider(["method": .string("agent")])
            // Without a token the server says that it misses one.
            for _ in 0..<3 { #expect(try await scene.read(provider, "mcp/key").hasPrefix("PROVIDER_UNAVAILABLE")) }
            await provider.dispose()
        }
    }

    @Test(
        "a password that was refused is not sent again for a while, unless it changes",
        arguments: ["userpass", "ldap"]
    )
    func lockout(method: String) async throws {
        try await VaultScene.run { scene in
            setUp(scene.double)
            let file = try scene.directory.write("wrong", to: "password")
            var auth = login(method, scene)
            auth["password"] = .string("${file:\(file)}")
            let provider = try scene.provider(auth)
            #expect(try await scene.read(provider, "mcp/key").hasPrefix("PROVIDER_AUTH_FAILED"))
            for _ in 0..<8 {
                scene.clock.advance(by: .seconds(70))
                let answer = try await scene.read(provider, "mcp/key")
                #expect(answer.contains("so as not to lock the account"), "\(answer)")
            }
            #expect(scene.count(.logins) == 1)
            _ = try scene.directory.write("wonderland", to: "password")
            scene.clock.advance(by: .seconds(70))
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            #expect(scene.count(.logins) == 2)
            await provider.dispose()
        }
    }

    @Test(
        "a failure of the server is none of the service account",
        arguments: ["dial tcp: connection refused", "local node not active but active cluster node not found"]
    )
    func kubernetesOutage(text: String) async throws {
        try await VaultScene.run { scene in
            setUp(scene.double)
            let file = try scene.directory.write(jwt(Self.good), to: "token")
            scene.double.set(.error500(text), prefix: "/v1/auth")
            let provider = try scene.provider([
                "method": .string("kubernetes"), "role": .string("janee"), "serviceAccountPath": .string(file),
            ])
            #expect(try await scene.read(provider, "mcp/key").hasPrefix("PROVIDER_UNAVAILABLE"))
            await provider.dispose()
        }
    }

    @Test("when the answer to our own unwrapping is lost, nobody is accused")
    func lostUnwrapping() async throws {
        try await VaultScene.run { scene in
            setUp(scene.double)
            var auth = VaultScene.approle
            auth["secretId"] = .string(try wrap(scene.double, "auth/approle/role/janee/secret-id"))
            auth["wrapping"] = .map(["role": .string("janee")])
            let provider = try scene.provider(auth)
            scene.double.set(.truncated, prefix: "/v1/sys/wrapping/unwrap", count: 1)
            #expect(try await scene.read(provider, "mcp/key").hasPrefix("PROVIDER_UNAVAILABLE"))
            scene.clock.advance(by: .seconds(70))
            let answer = try await scene.read(provider, "mcp/key")
            #expect(answer.contains("our own request opened it"), "\(answer)")
            #expect(!scene.log.lines.contains { $0.contains("SECURITY") })
            await provider.dispose()
        }
    }

    @Test("a wrapped secret id is opened once, kept for later logins, and nobody else's is taken")
    func wrapped() async throws {
        try await VaultScene.run(role: ["token_ttl": "10s", "token_max_ttl": "20s"]) { scene in
            setUp(scene.double)
            let wrapping = try wrap(scene.double, "auth/approle/role/janee/secret-id")
            var auth = VaultScene.approle
            auth["secretId"] = .string(wrapping)
            auth["wrapping"] = .map(["role": .string("janee")])
            let provider = try scene.provider(auth)
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            // Past the bound of the first token: another login, without another wrapping token.
            scene.double.revokeAllTokens()
            try await scene.advance(by: .seconds(30))
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            #expect(scene.count(.logins) >= 2)
            #expect(scene.count(.wrapping) == 2)
            #expect(!scene.log.lines.contains { $0.contains("SECURITY") })
            await provider.dispose()

            let spent = try scene.provider(auth)
            let answer = try await scene.read(spent, "mcp/key")
            #expect(answer.hasPrefix("PROVIDER_AUTH_FAILED") && answer.contains("has been opened already"), "\(answer)")
            #expect(scene.log.lines.contains { $0.hasPrefix("critical") && $0.contains("SECURITY") })
            await spent.dispose()

            let foreign = try wrap(scene.double, "auth/token/create")
            auth["secretId"] = .string(foreign)
            let tampered = try scene.provider(auth)
            let refused = try await scene.read(tampered, "mcp/key")
            #expect(refused.contains("somebody may have put another in its place"), "\(refused)")
            // It was not opened.
            let token = scene.double.answer(
                .init(
                    method: "POST",
                    target: "/v1/sys/wrapping/unwrap",
                    headers: [("X-Vault-Token", foreign)],
                    body: []
                )
            )
            #expect(token.status == 200)
            await tampered.dispose()
            for secret in [wrapping, foreign] {
                #expect(!scene.log.lines.contains { $0.contains(secret) })
            }
        }
    }

    private func wrap(_ double: VaultDouble, _ path: String) throws -> String {
        let answer = double.administer("POST", path, [:], headers: [("X-Vault-Wrap-TTL", "60s")])
        return try #require(try JSONReader.parse(answer.body)["wrap_info"]?["token"]?.stringValue)
    }

    @Test("tokens and secret ids are known to the redactor before they are used")
    func observed() async throws {
        try await VaultScene.run { scene in
            setUp(scene.double)
            let wrapping = try wrap(scene.double, "auth/approle/role/janee/secret-id")
            var auth = VaultScene.approle
            auth["secretId"] = .string(wrapping)
            auth["wrapping"] = .map(["role": .string("janee")])
            let provider = try scene.provider(auth)
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            // The role id, the wrapping token, the secret id, the token.
            let observed = scene.observed.withLock { $0 }
            #expect(observed.contains(SecretValue(wrapping)))
            #expect(Set(observed.map(\.count)).count >= 3)
            await provider.dispose()
        }
    }

    static let broken: [(auth: [String: ConfigNode.Value], settings: [String: ConfigNode.Value], words: String)] = [
        (["method": .string("cert")], [:], "needs tls.clientCertFile"),
        (
            ["method": .string("agent")], ["address": .string("https://vault.example.com")],
            "for an agent on this machine"
        ),
        (["method": .string("agent")], ["tls": .map(["pins": .list([])])], ""),
        (
            ["method": .string("agent")],
            ["address": .string("http://127.0.0.1:8200"), "tls": .map(["serverName": .string("x")])],
            "not encrypted"
        ),
        (["method": .string("agent")], ["tls": .map(["clientCertFile": .string("/x")])], "belong together"),
    ]

    @Test("settings that contradict each other are a mistake of the configuration", arguments: broken)
    func contradictions(
        auth: [String: ConfigNode.Value],
        settings: [String: ConfigNode.Value],
        words: String
    ) async throws {
        try await VaultScene.run { scene in
            guard !words.isEmpty else {
                _ = try scene.provider(auth, settings: settings)
                return
            }
            let error = #expect(throws: SecretError.self) { _ = try scene.provider(auth, settings: settings) }
            #expect(error?.code == .providerConfigInvalid)
            #expect(error?.detail.contains(words) == true, "\(error?.detail ?? "")")
        }
    }
}
