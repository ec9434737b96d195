import JaneeSecrets
import Testing

@Suite("The address of a socket")
struct NetworkSocketURLTests {
    @Test("is this machine, without a port", arguments: ["/run/vault/agent.sock", "/a", "/tmp/ä.sock"])
    func accepted(path: String) throws {
        let url = try EndpointURL(parsingSocket: "unix://\(path)")
        #expect(url.socketPath == path)
        #expect(url.isLiteralLoopback)
        #expect(url.scheme == .http)
        #expect(url.authority == "localhost")
        #expect(url.basePath == "")
        #expect(url.origin == "unix://\(path)")
    }

    @Test(
        "is refused if it is not one path",
        arguments: [
            ("http://localhost", EndpointURLError.unsupportedScheme),
            ("unix:/run/a", .unsupportedScheme),
            ("unix://", .invalidSocketPath),
            ("unix://run/a", .invalidSocketPath),
            ("unix:///", .invalidSocketPath),
            ("unix:///run/", .invalidSocketPath),
            ("unix:///run//a", .emptyPathSegment),
            ("unix:///run/../a", .dotSegment),
            ("unix:///run/./a", .dotSegment),
            ("unix:///run/a b", .whitespaceOrControl),
            ("unix:///run/a\u{0}", .whitespaceOrControl),
            ("unix:///run/a\nb", .whitespaceOrControl),
            ("unix:///run/a?x", .query),
            ("unix:///run/a#x", .fragment),
            ("unix:///run/%2e%2e/a", .forbiddenEscape),
            ("unix:///run\\a", .backslash),
            ("unix:///" + String(repeating: "a", count: 103), .tooLong),
        ]
    )
    func refused(text: String, error: EndpointURLError) {
        #expect(throws: error) { try EndpointURL(parsingSocket: text) }
    }

    @Test("is no address for anything but what expects one")
    func notAnEndpoint() {
        #expect(throws: EndpointURLError.unsupportedScheme) { try EndpointURL(parsing: "unix:///run/agent.sock") }
    }
}
