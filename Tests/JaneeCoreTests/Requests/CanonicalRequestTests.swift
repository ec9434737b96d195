import HTTPTypes
import JaneeConfig
import JaneeSecrets
import Testing

@testable import JaneeCore

@Suite("The canonical request")
struct CanonicalRequestTests {
    private func request(_ call: AgentCall, service fields: String = "") throws -> CanonicalRequest {
        try CanonicalRequest(call, service: try TestConfiguration.service(fields), owned: [.authorization])
    }

    private func headers(_ request: CanonicalRequest) -> [String: String] {
        Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name.canonicalName, $0.value) })
    }

    @Test("the wire target is the base path and the canonical text")
    func wireTarget() throws {
        let request = try request(AgentCall("GET", "/v1//%63harges?a=%2f"))
        #expect(request.wireTarget == "/base/v1/charges?a=%2F")
        #expect(request.endpoint.origin == "https://api.example.com")
        #expect(request.service == "api")
        #expect(try self.request(AgentCall("GET", "/")).wireTarget == "/base/")
    }

    @Test("the seven methods pass", arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func methods(method: String) throws {
        #expect(try request(AgentCall(method, "/x")).method.rawValue == method)
    }

    @Test(
        "all others are refused",
        arguments: [
            "TRACE", "CONNECT", "get", "Get", "", " GET", "GET ", "GET\r\nX: y", "PROPFIND", "PRI", "*", "GET /x",
        ]
    )
    func odd(method: String) {
        #expect(throws: RequestRefusal.self) { try self.request(AgentCall(method, "/x")) }
    }

    @Test("a body may have the size the service allows, and no byte more")
    func bodySize() throws {
        let limited = "limits: { maxRequestBytes: 10 }"
        #expect(try request(AgentCall("POST", "/x", body: "0123456789"), service: limited).body?.count == 10)
        #expect(throws: RequestRefusal("body: larger than 10 bytes")) {
            try self.request(AgentCall("POST", "/x", body: "01234567é9"), service: limited)
        }
        #expect(
            try request(AgentCall("POST", "/x", body: String(repeating: "a", count: 10 << 20))).body?.count == 10 << 20
        )
        #expect(throws: RequestRefusal.self) {
            try self.request(AgentCall("POST", "/x", body: String(repeating: "a", count: 10 << 20 + 1)))
        }
    }

    @Test("a HEAD request has no body")
    func headBody() throws {
        #expect(throws: RequestRefusal.self) { try self.request(AgentCall("HEAD", "/x", body: "a")) }
        #expect(try request(AgentCall("HEAD", "/x", body: "")).body == nil)
    }

    @Test("an empty body is none", arguments: ["GET", "POST", "DELETE"])
    func emptyBody(method: String) throws {
        let empty = try request(AgentCall(method, "/x", body: ""))
        #expect(empty.body == nil)
        #expect(headers(empty)["content-type"] == nil)
        #expect(empty.digest == (try request(AgentCall(method, "/x"))).digest)
    }

    @Test(
        "the content type of a body is JSON if it reads as JSON, else text",
        arguments: [
            (#"{"a":1}"#, "application/json"), ("[1]", "application/json"), (#" "x" "#, "application/json"),
            ("null", "application/json"), ("-1.5e3", "application/json"), ("{a:1}", "text/plain; charset=utf-8"),
            ("a=b", "text/plain; charset=utf-8"), ("{", "text/plain; charset=utf-8"),
            ("é", "text/plain; charset=utf-8"),
        ]
    )
    func contentType(body: String, type: String) throws {
        #expect(headers(try request(AgentCall("POST", "/x", body: body)))["content-type"] == type)
        #expect(
            headers(try request(AgentCall("POST", "/x", [("Content-Type", "a/b")], body: body)))["content-type"]
                == "a/b"
        )
    }

    @Test("without a body there is no content type, unless the agent sends one")
    func noContentType() throws {
        #expect(headers(try request(AgentCall("POST", "/x")))["content-type"] == nil)
        #expect(headers(try request(AgentCall("POST", "/x", [("content-type", "a/b")])))["content-type"] == "a/b")
    }

    @Test("the user agent is Janee's unless the agent names one")
    func userAgent() throws {
        #expect(headers(try request(AgentCall("GET", "/x")))["user-agent"] == "janee/\(JaneeVersion.current)")
        #expect(headers(try request(AgentCall("GET", "/x", [("User-Agent", "mine")])))["user-agent"] == "mine")
    }

    @Test("headers that the service allows pass")
    func allowHeaders() throws {
        let call = AgentCall("GET", "/x", [("X-Tenant", "1")])
        #expect(throws: RequestRefusal.self) { try self.request(call) }
        #expect(headers(try request(call, service: "allowHeaders: [x-TENANT]"))["x-tenant"] == "1")
    }

    // MARK: Digest

    private static let full = AgentCall(
        "POST",
        "/v1/x?a=b",
        [("Accept", "a/b"), ("Content-Type", "c/d"), ("User-Agent", "u")],
        body: "body"
    )

    /// Computed by another program from the description of the digest: SHA-256 over each part with its length before it
    /// as eight bytes, the most significant first.
    @Test("the digest of a request is the same for ever")
    func goldenDigest() throws {
        let golden = "f007f23beff47c4cf2fe33d134cd08094d3cd6cb49ab0dd9d9c27339c66facce"
        #expect(try request(Self.full).digest == golden)
    }

    @Test("the order and spelling of headers and the spelling of the path do not change the digest")
    func sameDigest() throws {
        var call = Self.full
        call.headers = [("USER-AGENT", "u"), ("content-type", " c/d"), ("accept", "a/b\t")]
        call.path = "/%761//x?%61=b"
        #expect(try request(call).digest == (try request(Self.full).digest))
    }

    @Test("a default is the same as its explicit form")
    func explicitDefaults() throws {
        let implicit = AgentCall("POST", "/x", [("Accept", "a/b")], body: "{}")
        var explicit = implicit
        explicit.headers += [("User-Agent", "janee/\(JaneeVersion.current)"), ("Content-Type", "application/json")]
        #expect(try request(explicit).digest == (try request(implicit).digest))
    }

    @Test("every part changes the digest")
    func everyPart() throws {
        var calls = [Self.full]
        func add(_ change: (inout AgentCall) -> Void) {
            var call = Self.full
            change(&call)
            calls.append(call)
        }
        add { $0.method = "PUT" }
        add { $0.path = "/v1/y?a=b" }
        add { $0.path = "/v1/x" }
        add { $0.path = "/v1/x?a=c" }
        add { $0.path = "/v1/x/?a=b" }
        add { $0.body = nil }
        add { $0.body = "bodY" }
        add { $0.body = "body " }
        add { $0.headers[0].value = "a/c" }
        add { $0.headers[0].name = "Accept-Language" }
        add { $0.headers.removeFirst() }
        add { $0.headers.append(("Prefer", "")) }
        add { $0.headers = [("Accept", "a/bContent-Typec/d"), ("User-Agent", "u")] }
        var digests = try calls.map { try request($0).digest }
        digests.append(try request(Self.full, service: "baseUrl: \"https://api.example.com/other\"").digest)
        digests.append(try request(Self.full, service: "baseUrl: \"https://other.example.com/base\"").digest)
        digests.append(try request(Self.full, service: "baseUrl: \"https://api.example.com:444/base\"").digest)
        #expect(Set(digests).count == digests.count)
        #expect(digests.allSatisfy { $0.utf8.count == 64 && $0 == $0.lowercased() })
    }

    @Test("who asks and why is no part of the request")
    func notParts() throws {
        var call = Self.full
        call.reason = "because"
        call.capability = "other"
        #expect(try request(call).digest == (try request(Self.full).digest))
    }
}
