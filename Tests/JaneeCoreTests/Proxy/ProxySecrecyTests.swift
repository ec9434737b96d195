import HTTPTypes
import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeCore

@Suite("A call's credential never comes back")
struct ProxySecrecyTests {
    private static let key = ProxyFixture.key
    /// `Bearer <key>` and the bare key in base64.
    private static let encoded = [
        "QmVhcmVyIHNrX2xpdmVfNGVDMzlIcUx5aldEYXJqdFQxemRwN2Rj", "c2tfbGl2ZV80ZUMzOUhxTHlqV0Rhcmp0VDF6ZHA3ZGM=",
    ]

    /// Everything that left the program, and everything that was logged or recorded.
    private static func outputs(_ fixture: ProxyFixture, _ result: CallResult) -> [String] {
        var text = ""
        dump(result, to: &text)
        return [text, "\(result)"] + fixture.lines.all + fixture.audit.lines(AuditFixture.today)
    }

    private static func expectSilence(_ fixture: ProxyFixture, _ result: CallResult) {
        for text in outputs(fixture, result) {
            #expect(!text.contains("4eC39HqLyj"), "\(text)")
            for form in encoded { #expect(!text.contains(form.dropFirst(12).dropLast(8)), "\(text)") }
        }
    }

    @Test("in the body, as it is and in base64", arguments: [200, 401, 500])
    func body(status: Int) async throws {
        let body = "Authorization: Bearer \(Self.key)\n" + Self.encoded.joined(separator: "\n")
        let fixture = try ProxyFixture(transport: ScriptedTransport(status, body: body))
        let result = await fixture.execute()
        Self.expectSilence(fixture, result)
        guard case .answered(let answer) = result else { throw ProxyFixture.NoAnswer() }
        #expect(answer.text?.hasPrefix("Authorization: Bearer [REDACTED]\n") == true)
        let details = try fixture.records().last?["details"]
        #expect(details?["redactions"]?.stringValue == "3")
    }

    @Test("in a binary body")
    func binaryBody() async throws {
        let body: [UInt8] = [0xFF] + Array(Self.key.utf8) + [0xFE]
        let transport = ScriptedTransport { _ in InboundResponse(status: 200, headers: [:], body: body) }
        guard case .binary(let seen) = try await ProxyFixture(transport: transport).answer().body else {
            throw ProxyFixture.NoAnswer()
        }
        #expect(seen == [0xFF] + Array("[REDACTED]".utf8) + [0xFE])
    }

    @Test(
        "in every header that is passed on",
        arguments: [
            "Content-Type", "Link", "WWW-Authenticate", "Warning", "ETag", "X-Request-Id", "X-RateLimit-Key",
            "Location",
        ]
    )
    func headers(name: String) async throws {
        for value in [Self.key, "/a/\(Self.key)/b", "/\(Self.encoded[0])"] {
            let fixture = try ProxyFixture(transport: ScriptedTransport(200, [(name, value)]))
            let result = await fixture.execute()
            Self.expectSilence(fixture, result)
        }
    }

    @Test("at the place where a long header is cut", arguments: [8150, 8165, 8180, 8191])
    func cutHeader(position: Int) async throws {
        let value = String(repeating: "a", count: position) + Self.key + String(repeating: "b", count: 100)
        let answer = try await ProxyFixture(transport: ScriptedTransport(200, [("Link", value)])).answer()
        let seen = try #require(answer.values("link").first)
        #expect(seen.utf8.count <= 8192)
        #expect(!seen.contains("sk_"))
    }

    @Test(
        "in a Location that is cut at a character of the credential",
        arguments: [
            "abcdefgh?ijklmnop", "abcdefgh#ijklmnop", "abcdefgh@ijklmnop", "abcdefgh/ijklmnop", "abcdefgh:ijklmnop",
        ]
    )
    func cutLocation(key: String) async throws {
        for value in [
            "/next/\(key)", "https://api.example.com/\(key)", "https://\(key)/x", "https://evil.example/\(key)",
        ] {
            let fixture = try ProxyFixture(
                provider: ScriptedProvider(value: key),
                transport: ScriptedTransport(302, [("Location", value)])
            )
            let seen = try await fixture.answer().values("location").first ?? ""
            #expect(!seen.contains("abcdefgh") && !seen.contains("ijklmnop"), "\(value) -> \(seen)")
        }
    }

    @Test("in a long Location")
    func longLocation() async throws {
        let transport = ScriptedTransport(302, [("Location", "/" + String(repeating: "a", count: 100_000))])
        let seen = try await ProxyFixture(transport: transport).answer().values("location").first
        #expect((seen?.utf8.count ?? 0) <= 8192)
    }

    @Test(
        "in the words of a failing transport, which agents never see anyway",
        arguments: HTTPTransportError.Code.allCases
    )
    func transportFailure(code: HTTPTransportError.Code) async throws {
        let words = "api.example.com:443 /base/v1/x 192.0.2.1 \(Self.key) \(Self.encoded[1])"
        for sent in [true, false] {
            let error = HTTPTransportError(code, words, requestMayHaveBeenSent: sent)
            let fixture = try ProxyFixture(transport: ScriptedTransport(failing: error))
            let result = await fixture.execute()
            Self.expectSilence(fixture, result)
            guard case .failed(let failure) = result else { throw ProxyFixture.NoAnswer() }
            #expect(failure.code == code.rawValue)
            for word in ["example", "base", "v1", "192", "443", "api-key"] { #expect(!failure.message.contains(word)) }
            #expect(failure.message.contains("may have reached") == sent)
        }
    }

    @Test("a failing provider: the agent learns the code and what to do", arguments: SecretError.Code.allCases)
    func secretFailure(code: SecretError.Code) async throws {
        let provider = ScriptedProvider { reference throws(SecretError) in
            throw SecretError(code, "backend said CANARY", provider: "local", path: reference.displayPath)
        }
        let fixture = try ProxyFixture(provider: provider)
        let failure = try await fixture.failure()
        #expect(failure.code == code.rawValue)
        for word in ["CANARY", "api-key", "local", "example"] { #expect(!failure.message.contains(word)) }
        #expect(fixture.transport.requests.isEmpty)
        #expect(!fixture.lines.all.contains { $0.contains("api-key") })
        #expect(fixture.lines.all.contains { $0.contains(code.rawValue) })
    }

    @Test(
        "a credential that cannot be a header is not sent and not shown",
        arguments: ["", "CANARY\n", "CAN\rARY", "CANARY\u{0}"]
    )
    func unusable(key: String) async throws {
        let fixture = try ProxyFixture(provider: ScriptedProvider(value: key))
        let failure = try await fixture.failure()
        #expect(failure.code == "CREDENTIAL_UNUSABLE")
        #expect(!failure.message.contains("CAN"))
        #expect(fixture.transport.requests.isEmpty)
        #expect(!(fixture.lines.all + fixture.audit.lines(AuditFixture.today)).contains { $0.contains("CAN") })
        #expect(try fixture.phases() == ["intent", "outcome"])
    }

    @Test("the same test catches a leak")
    func planted() async throws {
        let fixture = try ProxyFixture(transport: ScriptedTransport(200, body: "x"))
        await fixture.execute(AgentCall("GET", "/v1/x", body: "k", reason: Self.key))
        #expect(fixture.audit.lines(AuditFixture.today).contains { $0.contains("4eC39HqLyj") })
    }
}
