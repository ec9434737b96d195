import HTTPTypes
import JaneeSecrets
import Testing

@testable import JaneeCore

@Suite("What a call sends")
struct ProxyWireTests {
    @Test("the canonical request goes out under the base path, with the credential where the auth type puts it")
    func request() async throws {
        let fixture = try ProxyFixture()
        let call = AgentCall(
            "POST",
            "/v1//%63harges?a=%2f",
            [("Accept", "a/b"), ("content-type", "application/json")],
            body: "{\"a\":1}"
        )
        await fixture.execute(call)
        let sent = try #require(fixture.transport.requests.first)
        #expect(fixture.transport.requests.count == 1)
        #expect(sent.method == .post)
        #expect(sent.endpoint.origin == "https://api.example.com")
        #expect(sent.target == "/base/v1/charges?a=%2F")
        #expect(sent.body == Array("{\"a\":1}".utf8))
        #expect(
            sent.written.map { $0.lowercased() }.sorted() == [
                "accept: a/b", "authorization: bearer \(ProxyFixture.key.lowercased())",
                "content-type: application/json",
                "user-agent: janee/\(JaneeVersion.current)",
            ]
        )
        #expect(sent.written.contains("Authorization: Bearer \(ProxyFixture.key)"))
    }

    @Test("the credential is carried as a secret, not as text")
    func secretValue() async throws {
        let fixture = try ProxyFixture()
        await fixture.execute()
        let sent = try #require(fixture.transport.requests.first)
        let plain = sent.headers.compactMap { if case .plain(let text) = $0.value { text } else { nil } }
        #expect(!plain.contains { $0.contains(ProxyFixture.key) })
        #expect(!sent.target.contains(ProxyFixture.key))
    }

    @Test("limits, address policy and pool are the service's")
    func limits() async throws {
        let fixture = try ProxyFixture(
            service: """
                limits: { timeoutMs: 3000, connectTimeoutMs: 1000, idleTimeoutMs: 2000, maxResponseBytes: 77 },
                network: { allow: [10.0.0.0/8] }
                """
        )
        await fixture.execute()
        let sent = try #require(fixture.transport.requests.first)
        #expect(sent.limits.total == .seconds(3))
        #expect(sent.limits.connect == .seconds(1))
        #expect(sent.limits.idle == .seconds(2))
        #expect(sent.limits.maximumResponseBytes == 77)
        #expect(
            sent.addresses == AddressPolicy(allowedPrivate: [try #require(CIDRBlock("10.0.0.0/8"))], loopback: false)
        )
        #expect(sent.pool == "api")
    }

    @Test("loopback is reached only where the base address says so")
    func loopback() async throws {
        let fixture = try ProxyFixture(service: "baseUrl: \"http://127.0.0.1:8080\"")
        await fixture.execute()
        let sent = try #require(fixture.transport.requests.first)
        #expect(sent.addresses.loopback)
        #expect(sent.target == "/v1/x")
    }

    @Test("the secret is read anew for every call, after the decision")
    func reading() async throws {
        let fixture = try ProxyFixture(#"rules: { allow: ["GET /v1/*"] }"#)
        await fixture.execute()
        await fixture.execute()
        await fixture.execute(AgentCall("POST", "/v1/x"))
        #expect(fixture.provider.calls == ["initialize", "get api-key", "get api-key"])
    }

    // MARK: Answers

    @Test(
        "an answer is passed on with its status, whatever it is",
        arguments: [200, 204, 301, 401, 404, 429, 500, 599]
    )
    func status(status: Int) async throws {
        let answer = try await ProxyFixture(transport: ScriptedTransport(status, body: "text")).answer()
        #expect(answer.status == status)
        #expect(answer.text == "text")
    }

    @Test("a body that is not UTF-8 stays binary")
    func binary() async throws {
        let bytes: [UInt8] = [0xFF, 0x00, 0x80]
        let transport = ScriptedTransport { _ in InboundResponse(status: 200, headers: [:], body: bytes) }
        guard case .binary(let body) = try await ProxyFixture(transport: transport).answer().body else {
            Issue.record("the body became text")
            return
        }
        #expect(body == bytes)
    }

    @Test("headers are reduced to the allowed ones, in lower case and in order")
    func headers() async throws {
        let transport = ScriptedTransport(
            200,
            [
                ("Content-Type", "a/b"), ("Set-Cookie", "session=1"), ("X-RateLimit-Remaining", "3"), ("Server", "s"),
                ("ETag", "\"1\""), ("Connection", "close"), ("Link", "<a>"), ("Link", "<b>"), ("X-Internal-Host", "h"),
                ("Content-Length", "4"), ("Alt-Svc", "h3"), ("X-Request-Id", "r"), ("Strict-Transport-Security", "1"),
                ("Access-Control-Allow-Origin", "*"), ("Retry-After", "1"), ("Proxy-Authenticate", "x"),
                ("WWW-Authenticate", "Bearer"), ("X-Powered-By", "p"), ("Authorization", "x"),
            ]
        )
        let answer = try await ProxyFixture(transport: transport).answer()
        #expect(
            answer.headers.map { "\($0.name)=\($0.value)" } == [
                "content-type=a/b", "x-ratelimit-remaining=3", "etag=\"1\"", "link=<a>", "link=<b>", "x-request-id=r",
                "retry-after=1", "www-authenticate=Bearer",
            ]
        )
    }
}
