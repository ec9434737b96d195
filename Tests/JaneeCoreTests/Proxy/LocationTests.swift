import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeCore

@Suite("The Location of an answer")
struct LocationTests {
    private func shown(_ value: String, base: String = "https://api.example.com/base") throws -> String {
        ResponseHeaders.location(value, from: try EndpointURL(parsing: base))
    }

    @Test("on the same origin only the path is shown", arguments: Self.sameOriginCases)
    func sameOrigin(value: String, path: String) throws {
        #expect(try shown(value) == path)
    }

    private static let sameOriginCases: [(String, String)] = [
        ("/v1/x", "/v1/x"), ("/v1/x?token=1", "/v1/x"), ("/v1/x#part", "/v1/x"), ("/v1/x#a?b", "/v1/x"), ("/", "/"),
        ("x/y", "x/y"), ("../x", "../x"), ("", ""), ("?a=b", ""), ("#a", ""), ("/a:b", "/a:b"), ("./a:b", "./a:b"),
        ("https://api.example.com/v1/x?a=b", "/v1/x"), ("https://api.example.com", "/"),
        ("https://api.example.com?a=b", "/"),
        ("HTTPS://API.example.COM/x", "/x"), ("https://api.example.com:443/x", "/x"), ("//api.example.com/x", "/x"),
        ("https://user:password@api.example.com/x", "/x"), ("//user:password@api.example.com/x", "/x"),
        ("https://a@b@api.example.com/x", "/x"),
    ]

    @Test("of another origin only the origin is shown", arguments: Self.otherOriginCases)
    func otherOrigin(value: String, origin: String) throws {
        #expect(try shown(value) == origin)
    }

    private static let otherOriginCases: [(String, String)] = [
        ("https://evil.example/catch?key=1", "https://evil.example"), ("//evil.example/x", "https://evil.example"),
        ("http://api.example.com/x", "http://api.example.com"),
        ("https://api.example.com:444/x", "https://api.example.com:444"),
        ("https://user:password@evil.example/x", "https://evil.example"),
        ("//u:p@evil.example", "https://evil.example"),
        ("https://api.example.com@evil.example/x", "https://evil.example"),
        ("https://evil.example#@api.example.com/", "https://evil.example"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443"), ("https://192.0.2.1/x", "https://192.0.2.1"),
        ("///evil.example/x", ""), ("https:///evil.example", ""),
    ]

    @Test(
        "what is no web address is not shown",
        arguments: [
            "javascript:alert(1)", "mailto:a@b.example", "data:text/html,x", "file:///etc/passwd", "ftp://a.example/",
            "about:blank",
            "https:evil.example", "https:/evil.example", "://x", "https://", "https://user:password@", "//",
            "https://[::1",
            "https://evil.example:port/", "https://evil.example:99999/", "\\\\evil.example\\x", "/\\evil.example",
            "https:\\\\evil",
            "/a b", "/a\tb", "/é", "/\u{7F}", "https://evil .example/", "x:y", ":", "a://b://c@d", "https://0x7f.1/",
            "/x?\u{301}a", "https://xn--\u{E9}.example",
        ]
    )
    func nothing(value: String) throws {
        let shown = try shown(value)
        #expect(shown == "" || shown.hasPrefix("/") == false && !shown.contains("password"), "\(shown)")
        #expect(!shown.contains("evil") && !shown.contains("alert") && !shown.contains(" "), "\(shown)")
    }

    @Test("no value brings it to its knees, and none shows user information, query or fragment")
    func random() throws {
        var generator = SeededGenerator(seed: 5)
        let pieces = [
            "https://", "http://", "//", "/", ":", "@", "?", "#", "secret", "[", "]", "::1", "api.example.com",
            "evil.example",
            "443", "%2e", "..", "\\", " ", "é", "javascript:", "\u{0}", "a", "?\u{301}", "😀",
        ]
        let endpoint = try EndpointURL(parsing: "https://api.example.com")
        for _ in 0..<5000 {
            let value = generator.text(of: pieces, length: 0...7)
            let shown = ResponseHeaders.location(value, from: endpoint)
            // With a colon before the first slash it is a URL with a host, else a path; a path has no user information.
            let isURL = shown.prefix { $0 != "/" }.contains(":")
            #expect(!isURL || !shown.contains("@"), "\(value) -> \(shown)")
            #expect(!shown.hasPrefix("//"), "\(value) -> \(shown)")
            #expect(!shown.contains("?") && !shown.contains("#"))
            #expect(shown.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        }
    }
}
