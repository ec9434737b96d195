import Testing

@testable import JaneeCore

/// A path that is never sent, and a part of the reason.
struct RefusedTarget: Sendable, CustomTestStringConvertible {
    let text: String
    let reason: String

    init(_ text: String, _ reason: String) {
        self.text = text
        self.reason = reason
    }

    var testDescription: String { text.debugDescription }
}

@Suite("The path and query of a request")
struct RequestTargetTests {
    private func refusal(_ text: String) -> String? {
        do throws(RequestRefusal) {
            _ = try RequestTarget(parsing: text)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("what names a place of its own is refused", arguments: Self.foreignCases)
    func foreign(target: RefusedTarget) {
        #expect(refusal(target.text)?.contains(target.reason) == true)
    }

    private static let foreignCases: [RefusedTarget] = [
        RefusedTarget("", "must start with '/'"),
        RefusedTarget("v1/charges/x", "must start with '/'"),
        RefusedTarget("?a=b", "must start with '/'"),
        RefusedTarget("*", "must start with '/'"),
        RefusedTarget("%2Fv1", "must start with '/'"),
        RefusedTarget("blob:https://api.example.com/x", "must start with '/'"),
        RefusedTarget("https://api.example.com/v1/x", "must start with '/'"),
        RefusedTarget("HTTPS://api.example.com/v1/x", "must start with '/'"),
        RefusedTarget("https:/v1/x", "must start with '/'"),
        RefusedTarget("file:///etc/passwd", "must start with '/'"),
        RefusedTarget("javascript:alert(1)", "must start with '/'"),
        RefusedTarget("data:,x", "must start with '/'"),
        RefusedTarget("api.example.com:443", "must start with '/'"),
        RefusedTarget("@evil.example/x", "must start with '/'"),
        RefusedTarget("./x", "must start with '/'"),
        RefusedTarget("../x", "must start with '/'"),
        RefusedTarget("//", "must not start with '//'"),
        RefusedTarget("//evil.example/x", "must not start with '//'"),
        RefusedTarget("///evil.example/x", "must not start with '//'"),
        RefusedTarget("\\\\evil.example/x", "backslashes"),
        RefusedTarget("/\\evil.example/x", "backslashes"),
        RefusedTarget(" /v1/x", "spaces"),
        RefusedTarget("\t/v1/x", "control characters"),
        RefusedTarget("\u{FEFF}/v1/x", "only ASCII"),
    ]

    @Test("dot segments are refused in every encoding", arguments: Self.dotCases)
    func dots(text: String) {
        #expect(refusal(text)?.contains("segments are not allowed") == true)
    }

    private static let dotCases = [
        "/..", "/.", "/../", "/./", "/../x", "/v1/refunds/../charges/x", "/v1/./charges", "/v1/x/..", "/v1/x/.",
        "/v1/x/../..", "/v1//../x", "/v1/..//x", "/..?a=b", "/v1/.?/x",
        "/v1/%2e%2e/x", "/v1/%2E%2E/x", "/v1/%2e%2E/x", "/v1/.%2e/x", "/v1/%2e./x", "/v1/%2e/x", "/v1/x/%2E",
        "/v1/%252e%252e/x", "/v1/%252E%252e/x", "/v1/.%252e/x", "/v1/%2e%252E/x", "/v1/%25%32%65%252e/x",
        "/v1/%25252e%25252e/x", "/v1/%2525252e%2525252e/x",
        "/v1/%EF%BC%8E%EF%BC%8E/x", "/v1/%ef%bc%8e/x", "/v1/.%EF%BC%8E/x", "/v1/%E2%80%A4%E2%80%A4/x",
        "/v1/%E2%80%A5/x", "/v1/%EF%B9%92./x", "/v1/%25EF%25BC%258E./x",
        "/v1/%20../x", "/v1/..%20/x", "/v1/.%20./x", "/v1/..%2520/x",
    ]

    @Test("separators in disguise are refused", arguments: Self.separatorCases)
    func separators(target: RefusedTarget) {
        #expect(refusal(target.text)?.contains(target.reason) == true)
    }

    private static let separatorCases: [RefusedTarget] = [
        RefusedTarget("/v1;x", "';'"),
        RefusedTarget("/v1/x;jsessionid=1/y", "';'"),
        RefusedTarget("/v1/..;/x", "';'"),
        RefusedTarget("/v1/;", "';'"),
        RefusedTarget("/v1%3Bx", "encoded separators"),
        RefusedTarget("/v1%3bx", "encoded separators"),
        RefusedTarget("/v1%253Bx", "encoded separators"),
        RefusedTarget("/v1%2Fx", "encoded separators"),
        RefusedTarget("/v1%2fx", "encoded separators"),
        RefusedTarget("/v1/..%2Fx", "encoded separators"),
        RefusedTarget("/%2F%2Fevil.example", "encoded separators"),
        RefusedTarget("/v1%252Fx", "encoded separators"),
        RefusedTarget("/v1%25252fx", "encoded separators"),
        RefusedTarget("/v1%5Cx", "encoded separators"),
        RefusedTarget("/v1%5cx", "encoded separators"),
        RefusedTarget("/v1/..%5C..%5Cx", "encoded separators"),
        RefusedTarget("/v1%255cx", "encoded separators"),
        RefusedTarget("/v1\\x", "backslashes"),
        RefusedTarget("/v1/..\\x", "backslashes"),
        RefusedTarget("/v1%EF%BC%8Fx", "takes for separators"),
        RefusedTarget("/v1%25EF%25BC%258Fx", "takes for separators"),
        RefusedTarget("/v1%EF%BC%BCx", "takes for separators"),
        RefusedTarget("/v1%EF%BC%9Bx", "takes for separators"),
        RefusedTarget("/v1%E2%88%95x", "takes for separators"),
        RefusedTarget("/v1%E2%81%84x", "takes for separators"),
        RefusedTarget("/v1%E2%88%96x", "takes for separators"),
        RefusedTarget("/v1%EF%B9%A8x", "takes for separators"),
        RefusedTarget("/v1%EF%B9%94x", "takes for separators"),
        RefusedTarget("/v1%CD%BEx", "takes for separators"),
        RefusedTarget("/v1%EF%BC%852fx", "takes for separators"),
        RefusedTarget("/v1%E2%84%80x", "takes for separators"),
        RefusedTarget("/v1/x#", "fragments"),
        RefusedTarget("/v1/x#/issues", "fragments"),
        RefusedTarget("/v1/x?a=b#c", "fragments"),
    ]

    @Test("an escape wrapped more often than software unwraps it is refused", arguments: [5, 6, 100, 4000])
    func wrapped(times: Int) {
        let text = "/v1/%" + String(repeating: "25", count: times - 1) + "41"
        #expect(refusal(text)?.contains("more than") == true)
    }

    @Test("every control character and every byte beyond ASCII is refused, raw")
    func rawBytes() {
        for value in Array(0...0x20) + Array(0x7F...0x9F) + [
            0xA0, 0xE9, 0x2028, 0x200B, 0x202E, 0xFF0E, 0xFF0F, 0x1F600,
        ] {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            for text in ["/v1/\(scalar)x", "/v1/x\(scalar)", "/\(scalar)/x", "/x?a=\(scalar)", "/x?\(scalar)"] {
                #expect(refusal(text) != nil, "U+\(String(value, radix: 16))")
            }
        }
    }

    @Test("every encoded control character is refused in the path, NUL and its like in the query")
    func encodedControls() {
        for value in 0..<0x20 {
            let escape = "%" + (value < 16 ? "0" : "") + String(value, radix: 16)
            #expect(refusal("/v1/\(escape)x")?.contains("control characters") == true)
            #expect(refusal("/v1/x%25\(escape.dropFirst())")?.contains("control characters") == true)
            #expect((refusal("/v1/x?a=\(escape)") == nil) == [0x09, 0x0A, 0x0D].contains(value))
        }
        for escape in ["%7F", "%7f", "%C2%80", "%C2%85", "%C2%9F"] {
            #expect(refusal("/v1/\(escape)x")?.contains("control characters") == true)
            #expect(refusal("/v1/x?a=\(escape)")?.contains("control characters") == true)
        }
    }

    @Test(
        "what is not percent-encoding is refused",
        arguments: ["%", "%4", "%zz", "%4g", "%g4", "a%", "%%41", "%u002e"]
    )
    func invalidEscapes(escape: String) {
        #expect(refusal("/v1/\(escape)")?.contains("two hexadecimal digits") == true)
        #expect(refusal("/v1/\(escape)/x")?.contains("two hexadecimal digits") == true)
        #expect(refusal("/v1/x?a=\(escape)")?.contains("two hexadecimal digits") == true)
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            "%80", "%FF", "%C0%AE%C0%AE", "%C0%AF", "%C1%9C", "%E0%80%AE", "%F0%80%80%AE", "%F8%80%80%80%AE",
            "%ED%A0%80", "%F4%90%80%80", "%C3", "%C3x", "%E2%82",
        ]
    )
    func invalidUTF8(escapes: String) {
        #expect(refusal("/v1/\(escapes)")?.contains("UTF-8") == true)
        #expect(refusal("/v1/\(escapes)/x")?.contains("UTF-8") == true)
        #expect(refusal("/v1/x?a=\(escapes)")?.contains("UTF-8") == true)
    }

    @Test("8 KiB are accepted, one byte more is not, before and after canonicalisation")
    func length() throws {
        let longest = "/" + String(repeating: "a", count: 8191)
        #expect(try RequestTarget(parsing: longest).text == longest)
        #expect(refusal(longest + "a")?.contains("longer than 8192 bytes") == true)
        let query = "/?" + String(repeating: "a", count: 8190)
        #expect(try RequestTarget(parsing: query).text == query)
        #expect(refusal(query + "a") != nil)
        #expect(refusal("/" + String(repeating: "|", count: 2730)) == nil)
        #expect(refusal("/" + String(repeating: "|", count: 2731))?.contains("longer than 8192 bytes") == true)
        #expect(refusal("/?" + String(repeating: "\"", count: 8000))?.contains("longer than 8192 bytes") == true)
        #expect(refusal(String(repeating: "/x", count: 1_000_000)) != nil)
    }

    @Test("a refusal never quotes what it refuses")
    func refusalsQuoteNothing() {
        for text in ["canary", "/can%ary", "/canary/..", "/canary#", "/canary;x", "/canary%2F", "/?canary=\u{1}"] {
            #expect(refusal(text)?.contains("canary") == false)
        }
    }

    @Test("the rest is written in one way", arguments: Self.canonicalCases)
    func canonical(written: String, sent: String) throws {
        let target = try RequestTarget(parsing: written)
        #expect(target.text == sent)
        #expect(try RequestTarget(parsing: sent) == target)
    }

    private static let canonicalCases: [(String, String)] = [
        ("/", "/"), ("/v1/customers", "/v1/customers"), ("/v1/customers/", "/v1/customers/"),
        ("/v1//customers///7", "/v1/customers/7"), ("/v1//", "/v1/"), ("/v1/customers//?a=b", "/v1/customers/?a=b"),
        ("/v1/%63harges", "/v1/charges"), ("/%76%31/%7e%2D%5f%39", "/v1/~-_9"), ("/v1/a%2Eb", "/v1/a.b"),
        ("/v1/%c3%a9", "/v1/%C3%A9"), ("/v1/%c3%A9", "/v1/%C3%A9"), ("/v1/a%20b", "/v1/a%20b"), ("/a+b", "/a+b"),
        ("/v1/a|b^c`d{e}f\"g<h>[i]", "/v1/a%7Cb%5Ec%60d%7Be%7Df%22g%3Ch%3E%5Bi%5D"),
        ("/v1/a!$&'()*+,=:@b", "/v1/a!$&'()*+,=:@b"), ("/v1/%3a%2B", "/v1/%3A%2B"),
        ("/v1/...a/b..c/.well-known/a..", "/v1/...a/b..c/.well-known/a.."), ("/v1/100%25", "/v1/100%25"),
        ("/v1/%2541", "/v1/%2541"),
        ("/v1/x?", "/v1/x"), ("/?", "/"), ("/v1/x??", "/v1/x??"), ("/v1/x?a?b", "/v1/x?a?b"),
        ("/x?a/../b", "/x?a/../b"),
        ("/x?a=1&a=2&&b", "/x?a=1&a=2&&b"), ("/x?next=https://e.example//y", "/x?next=https://e.example//y"),
        ("/x?%61=%62", "/x?a=b"), ("/x?a=%2f%3b%5c", "/x?a=%2F%3B%5C"), ("/x?a=b+c%2B", "/x?a=b+c%2B"),
        ("/x?expand[]=a", "/x?expand%5B%5D=a"), ("/x?a=%0d%0A%09", "/x?a=%0D%0A%09"), ("/x?q=%25", "/x?q=%25"),
        ("/x?q=%252e%252e", "/x?q=%252e%252e"), ("/x?a=%E2%80%A5", "/x?a=%E2%80%A5"),
        ("/x?method=POST&my_method=x", "/x?method=POST&my_method=x"),
    ]

    @Test(
        "what another parser would take for the end of the path, or not see, is refused",
        arguments: [
            "%3f", "%23", "%253F", "%2523", "%EF%BC%9F", "%EF%BC%83", "%C2%A0", "%C2%AD", "%E2%80%8B", "%EF%BB%BF",
            "%EF%B8%B0", "%E2%80%83",
        ]
    )
    func invisible(part: String) {
        #expect(refusal("/v1/x\(part)y") != nil)
        #expect(refusal("/v1/.\(part)./y") != nil)
    }

    @Test("path and query are kept apart")
    func queryApart() throws {
        let target = try RequestTarget(parsing: "/repos/o/r/hooks?x=/issues")
        #expect(target.path == "/repos/o/r/hooks")
        #expect(target.query == "x=/issues")
        #expect(try RequestTarget(parsing: "/x?").query == nil)
        #expect(try RequestTarget(parsing: "/x").query == nil)
    }

    @Test("a semicolon in the query is refused raw and kept encoded")
    func semicolons() throws {
        #expect(refusal("/x?a=b;admin=1")?.contains("';'") == true)
        #expect(try RequestTarget(parsing: "/x?a=b%3Badmin=1").query == "a=b%3Badmin=1")
    }

    @Test(
        "a parameter that overrides the method is refused in every spelling",
        arguments: [
            "_method=DELETE", "_method", "a=b&_method=DELETE", "_METHOD=delete", "%5fmethod=x", "_%6dethod=x",
            "&&_method=x", "_method=x&_method=y", "+_method=x", "%20_method=x", ".method=x", "%5Fm%65thod",
            "_method%00=x",
        ]
    )
    func methodOverrides(query: String) {
        #expect(refusal("/x?\(query)") != nil)
    }
}
