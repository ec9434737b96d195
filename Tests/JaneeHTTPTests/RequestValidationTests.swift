import HTTPTypes
import JaneeHTTP
import JaneeSecrets
import Testing

@Suite("A request that cannot be sent as it is")
struct RequestValidationTests {
    private static let canary = "canary-5f1d"

    /// Expects a refusal before anything is dialled, and a message without anything of the request.
    private func expectRefusal(
        _ method: HTTPRequest.Method = .get,
        _ target: String = "/",
        headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)] = []
    ) async throws {
        try await LoopbackServer.serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") { server in
            let error = await failure(try .local(method, target, port: server.port, headers: headers))
            #expect(error?.code == .invalidRequest)
            #expect(error?.requestMayHaveBeenSent == false)
            #expect(error?.message.contains(Self.canary) == false)
            #expect(server.connections == 0)
        }
    }

    @Test(
        "because of its target is refused",
        arguments: [
            "", "x", "*", "http://127.0.0.1/", "/a b", "/a\r\nX: y", "/a\n", "/\u{0}", "/\u{7f}", "/\t", "/caf\u{e9}",
            "/a#b", "?x",
        ]
    )
    func target(_ target: String) async throws {
        try await expectRefusal(.get, target)
    }

    @Test("because its target is endless is refused")
    func longTarget() async throws {
        try await expectRefusal(.get, "/" + String(repeating: "a", count: 16 * 1024))
    }

    @Test("because of its method is refused", arguments: [HTTPRequest.Method.connect, .trace])
    func method(_ method: HTTPRequest.Method) async throws {
        try await expectRefusal(method)
    }

    @Test(
        "because of a header that belongs to the transport is refused",
        arguments: [
            "Host", "host", "Content-Length", "Transfer-Encoding", "CONNECTION", "Keep-Alive", "Upgrade", "TE",
            "Trailer",
            "Expect", "Proxy-Connection", "Accept-Encoding",
        ]
    )
    func ownedHeader(_ name: String) async throws {
        try await expectRefusal(headers: [(try #require(HTTPField.Name(name)), .plain("1"))])
    }

    @Test(
        "because of a control character in a header is refused without quoting it",
        arguments: [
            "\(canary)\r\nX: y", "\(canary)\n", "\(canary)\r", "\u{0}\(canary)", "\u{1b}[1m\(canary)",
            "\(canary)\u{7f}", "a\tb",
        ]
    )
    func control(_ value: String) async throws {
        try await expectRefusal(headers: [(.authorization, .plain(value))])
        try await expectRefusal(headers: [(.authorization, .secret(prefix: "Bearer ", SecretValue(value)))])
        try await expectRefusal(headers: [(.authorization, .secret(prefix: value, SecretValue("x")))])
    }

    @Test("because its secret is not text is refused")
    func binarySecret() async throws {
        let secret = SecretValue(Array(Self.canary.utf8) + [0xFF, 0xFE])
        try await expectRefusal(headers: [(.authorization, .secret(prefix: "", secret))])
    }
}
