import HTTPTypes
import JaneeAuth
import JaneeSecrets
import Testing

@Suite("Bearer authentication")
struct BearerAuthTests {
    private func section() throws -> AuthConfiguration {
        try AuthFixture.configuration(secrets: ["key"])
    }

    private func authenticate(_ key: SecretValue?) throws -> OutboundRequest {
        var request = OutboundRequest(
            method: .get,
            endpoint: try EndpointURL(parsing: "https://api.example.com"),
            target: "/x",
            headers: [(name: .accept, value: .plain("a/b"))],
            addresses: AddressPolicy(allowedPrivate: [], loopback: false),
            pool: "api"
        )
        let credentials = key.map { ["key": $0] } ?? [:]
        try BearerAuth().authenticate(&request, credentials: credentials, configuration: try section())
        return request
    }

    @Test(
        "the key goes into Authorization, and nothing else changes",
        arguments: [
            "sk_live_1", "a", "a b", "Basic", "Basic dTpw!", "Basic dHA=", String(repeating: "k", count: 5000),
            "!#$%&'()*+,-./:;<=>?@[]^_`{|}~\"\\",
        ]
    )
    func header(key: String) throws {
        let request = try authenticate(SecretValue(key))
        #expect(request.headers.count == 2)
        #expect(request.headers.first?.name == .accept)
        #expect(request.target == "/x" && request.body == nil && request.method == .get)
        let (name, value) = try #require(request.headers.last)
        #expect(name == .authorization)
        guard case .secret(let prefix, let secret) = value else {
            Issue.record("the key became plain text")
            return
        }
        #expect(prefix == "Bearer ")
        #expect(secret == SecretValue(key))
        #expect(!"\(request)".contains(key) || key.utf8.count < 4)
    }

    @Test("it owns Authorization, wants one key and nothing optional")
    func declaration() throws {
        let auth = BearerAuth()
        #expect(auth.type == "bearer")
        #expect(auth.ownedHeaders(try section()) == [.authorization])
        #expect(auth.secretFields == ["key"])
        #expect(auth.configuration.fields.map(\.name) == ["key"])
        #expect(auth.configuration.fields.map(\.isRequired) == [true])
    }

    @Test("a missing or empty key is not sent")
    func empty() throws {
        #expect(throws: AuthError.self) { try self.authenticate(nil) }
        #expect(throws: AuthError.self) { try self.authenticate(SecretValue("")) }
    }

    @Test(
        "a key that would not arrive as it is, is refused and never shown",
        arguments: [
            "\r", "\n", "\u{0}", "\r\nX-Evil: 1", "\u{7F}", "\u{1B}", "\t", "é", "\u{85}", "\u{2028}", " ", "\u{A0}",
            "😀",
        ]
    )
    func unsafe(part: String) throws {
        for key in ["canary" + part, part + "canary", "canary" + part + "canary"] {
            // A space within the key is legal.
            if part == " ", key.hasPrefix("c"), !key.hasSuffix(" ") { continue }
            let error = #expect(throws: AuthError.self) { try self.authenticate(SecretValue(key)) }
            #expect(error?.description.contains("canary") == false)
        }
    }

    @Test("bytes that are no text are refused")
    func binary() {
        #expect(throws: AuthError.self) { try self.authenticate(SecretValue([0xFF, 0x41])) }
    }
}

@Suite("The auth types")
struct AuthTypeListTests {
    @Test("every type of Janee 0.16 is known, each once, as usable or as planned")
    func all() {
        let usable = BuiltinAuthMethods.all.map(\.type)
        let planned = PlannedAuthTypes.all.map(\.type).filter { !usable.contains($0) }
        #expect(Set(usable).count == usable.count)
        #expect(
            Set(usable + planned) == [
                "bearer", "basic", "headers", "hmac-mexc", "hmac-bybit", "hmac-okx", "service-account", "github-app",
                "oauth1a-twitter", "aws-sigv4",
            ]
        )
    }

    @Test("every secret field of a usable type is in its configuration")
    func fields() {
        for method in BuiltinAuthMethods.all {
            let names = method.configuration.fields.map(\.name)
            for field in method.secretFields { #expect(names.contains(field.name), "\(method.type).\(field.name)") }
        }
    }
}
