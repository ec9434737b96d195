import HTTPTypes
import JaneeSecrets
import Testing

@testable import JaneeCore

@Suite("The headers agents may send")
struct AgentHeadersTests {
    private func parse(
        _ headers: [(String, String)],
        owned: [HTTPField.Name] = [.authorization],
        extra: Set<String> = []
    ) throws(RequestRefusal) -> [String] {
        try AgentHeaders.parse(headers.map { (name: $0, value: $1) }, owned: owned, extra: extra)
            .map { "\($0.name.rawName): \($0.value)" }
    }

    private func refusal(_ name: String, _ value: String = "1", extra: Set<String> = []) -> String? {
        do throws(RequestRefusal) {
            _ = try parse([(name, value)], extra: extra)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(
        "headers about content, answer and version pass",
        arguments: [
            "Accept", "accept-language", "Content-Type", "CONTENT-LANGUAGE", "If-None-Match", "If-Modified-Since",
            "Prefer", "User-Agent", "Idempotency-Key", "X-Request-Id", "traceparent", "Stripe-Version",
            "X-GitHub-Api-Version", "Notion-Version", "anthropic-version", "Cache-Control",
        ]
    )
    func allowed(name: String) throws {
        #expect(try parse([(name, "x")]) == ["\(name): x"])
    }

    @Test(
        "headers the broker owns are refused by name, and no configuration opens them",
        arguments: [
            "Host", "hOsT", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer",
            "Upgrade",
            "Expect", "Proxy-Authorization", "Proxy-Connection", "Proxy-Anything", "HTTP2-Settings", "Accept-Encoding",
            "Cookie", "Cookie2", "Set-Cookie", "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host",
            "X-Forwarded-Proto", "X-Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP",
            "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override",
            "X-Janee-Agent-Id", "X-Janee-Reason", "Sec-Fetch-Site", "X_Forwarded_For", "Content_Length",
            "x_http_method_override", "X-HTTP_Method-Override",
        ]
    )
    func forbidden(name: String) {
        let lower = name.lowercased()
        #expect(AgentHeaders.isForbidden(lower))
        #expect(refusal(name)?.contains("'\(lower)'") == true)
        #expect(refusal(name, extra: [lower])?.contains("never taken from agents") == true)
        #expect(AgentHeaders.format.check(name) != nil)
    }

    @Test(
        "the headers of the auth type are refused, whatever is opened",
        arguments: ["Authorization", "aUTHORIZATION"]
    )
    func owned(name: String) {
        #expect(refusal(name, "Bearer mine", extra: ["authorization"])?.contains("set by the broker") == true)
        #expect(refusal(name, "Bearer mine")?.contains("mine") == false)
    }

    @Test("a header of another auth type is refused as well")
    func ownedByOthers() throws {
        let name = try #require(HTTPField.Name("X-Api-Key"))
        #expect(throws: RequestRefusal.self) {
            try self.parse([("x-api-key", "1")], owned: [name], extra: ["x-api-key"])
        }
        #expect(try parse([("x-api-key", "1")], extra: ["x-api-key"]) == ["x-api-key: 1"])
        #expect(throws: RequestRefusal.self) { try self.parse([("Authorization", "1")], owned: []) }
    }

    @Test("an unknown header is refused until the operator allows it", arguments: ["X-Whatever", "x-custom", "Origin"])
    func unknown(name: String) {
        #expect(refusal(name)?.contains("allowHeaders") == true)
        #expect(refusal(name, extra: [name.lowercased()]) == nil)
        #expect(AgentHeaders.format.check(name) == nil)
    }

    @Test(
        "what is no header name is refused without being quoted",
        arguments: [
            "", "Accept ", " Accept", "Accept:", ":authority", "Acc ept", "A\r\nX-Evil", "A\u{0}", "é",
            "\u{212A}eep-Alive",
        ]
    )
    func invalidNames(name: String) {
        let refusal = refusal(name)
        #expect(refusal?.contains("not a valid header name") == true)
        #expect(AgentHeaders.format.check(name) != nil)
    }

    @Test("a name of 128 bytes may be known, a longer one never is")
    func nameLength() {
        let name = String(repeating: "a", count: 128)
        #expect(refusal(name, extra: [name]) == nil)
        #expect(refusal(name + "a", extra: [name + "a"]) != nil)
    }

    @Test("one header twice is refused, in any spelling", arguments: ["Accept", "accept", "ACCEPT"])
    func duplicates(second: String) {
        #expect(throws: RequestRefusal("headers: 'accept' is there twice")) {
            try self.parse([("Accept", "a/a"), (second, "b/b")])
        }
    }

    @Test(
        "a value with anything but printable ASCII and tabs is refused without being quoted",
        arguments: [
            "a\r\nX-Evil: 1", "a\nb", "a\rb", "a\u{0}", "a\u{1B}[31m", "a\u{7F}", "é", "a\u{85}", "\u{2028}", "😀",
        ]
    )
    func invalidValues(value: String) {
        let refusal = refusal("Accept", "canary" + value)
        #expect(refusal?.contains("'accept'") == true)
        #expect(refusal?.contains("canary") == false)
    }

    @Test("values of 8 KiB pass, longer ones do not")
    func valueLength() {
        #expect(refusal("Accept", String(repeating: "a", count: 8192)) == nil)
        #expect(refusal("Accept", String(repeating: "a", count: 8193)) != nil)
    }

    @Test("64 headers pass, more do not")
    func count() {
        let names = (0..<65).map { "x-header-\($0)" }
        let extra = Set(names)
        #expect(throws: Never.self) { try self.parse(names.prefix(64).map { ($0, "") }, extra: extra) }
        #expect(throws: RequestRefusal.self) { try self.parse(names.map { ($0, "") }, extra: extra) }
    }

    @Test("white space around a value is no part of it")
    func surroundingSpace() throws {
        #expect(try parse([("Accept", " \t a b\t ")]) == ["Accept: a b"])
        #expect(try parse([("Accept", " ")]) == ["Accept: "])
        #expect(try parse([("Accept", "a\tb")]) == ["Accept: a\tb"])
    }

    @Test("headers are sorted by name")
    func sorted() throws {
        let headers = [("User-Agent", "u"), ("accept", "a"), ("Prefer", "r"), ("Content-Type", "c")]
        #expect(try parse(headers) == ["accept: a", "Content-Type: c", "Prefer: r", "User-Agent: u"])
        #expect(try parse(headers.reversed()) == (try parse(headers)))
        #expect(try parse([]) == [])
    }
}
