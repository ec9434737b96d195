import HTTPTypes
import JaneeSecrets
import NIOHTTP1
import Testing

@testable import JaneeHTTP

@Suite("A request on the wire")
struct WireFormatTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test(
        "has exactly the target it was given",
        arguments: [
            "/", "/?", "/a?", "/a?b", "/%7E", "/~", "/%2f%2F/x", "/a%20b?c=%20d+e", "/[x]|{y}?a[]=1&b=\"'\"", "/%",
            "/%zz", "/a//b///", "/./../..", "/a;b=c,d", "/?q=a%00b", "/caf%C3%A9?x=%F0%9F%94%91",
            "//elsewhere.example/x",
            "/http://elsewhere.example/", "/:@!$&'()*+,;=-._~", "/a?b?c?d=/e", "/a\\b^c`d<e>",
        ]
    )
    func target(_ target: String) async throws {
        try await LoopbackServer.serve(Self.ok) { server in
            _ = try await send(.local(.get, target, port: server.port))
            #expect(server.requests.map(\.requestLine) == ["GET \(target) HTTP/1.1"])
        }
    }

    @Test("names the authority of the endpoint as host, in the first header")
    func host() async throws {
        try await LoopbackServer.serve(Self.ok) { server in
            _ = try await send(.local(port: server.port))
            _ = try await send(.local(port: server.port, host: "LocalHost"))
            #expect(
                server.requests.map { $0.header("host") } == [
                    ["127.0.0.1:\(server.port)"], ["localhost:\(server.port)"],
                ]
            )
            #expect(server.requests.allSatisfy { $0.lines[1].hasPrefix("Host: ") })
        }
    }

    @Test(
        "names no default port, and brackets an IPv6 address",
        arguments: [
            ("https://api.example", "api.example"), ("http://api.example:80", "api.example"),
            ("https://api.example:80/v1", "api.example:80"), ("https://[2001:db8::1]", "[2001:db8::1]"),
        ]
    )
    func authority(url: String, host: String) throws {
        var request = try OutboundRequest.local(port: 1)
        request.endpoint = try EndpointURL(parsing: url)
        #expect(request.wireHead().headers["Host"] == [host])
    }

    @Test(
        "has the exact length of its body, and zero where a server expects one",
        arguments: [
            (HTTPRequest.Method.get, nil, []), (.head, nil, []), (.delete, nil, []), (.options, nil, []),
            (.post, nil, ["0"]), (.put, nil, ["0"]), (.patch, nil, ["0"]),
            (.get, [1, 2, 3], ["3"]), (.delete, [1], ["1"]), (.options, [], ["0"]), (.get, [], ["0"]),
            (.post, [], ["0"]), (.post, [13, 10, 13, 10, 0], ["5"]),
            (.put, Array(repeating: 7, count: 70_000), ["70000"]),
        ] as [(HTTPRequest.Method, [UInt8]?, [String])]
    )
    func contentLength(method: HTTPRequest.Method, body: [UInt8]?, expected: [String]) async throws {
        try await LoopbackServer.serve("HTTP/1.1 204 None\r\n\r\n") { server in
            _ = try await send(.local(method, port: server.port, body: body))
            let request = try #require(server.requests.first)
            #expect(request.requestLine == "\(method.rawValue) / HTTP/1.1")
            #expect(request.header("content-length") == expected)
            #expect(request.header("transfer-encoding") == [])
            #expect(request.bytes.suffix(body?.count ?? 0) == body?[...] ?? [])
        }
    }

    @Test("carries the headers of the caller once and in their order, then those of the transport")
    func headers() async throws {
        try await LoopbackServer.serve(Self.ok) { server in
            let headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)] = [
                (try #require(HTTPField.Name("X-B")), .plain("1")),
                (try #require(HTTPField.Name("x-a")), .plain("2")),
                (try #require(HTTPField.Name("X-b")), .plain("3")),
                (.authorization, .secret(prefix: "Bearer ", SecretValue("s3cr\u{e9}t"))),
                (.userAgent, .plain("")),
            ]
            _ = try await send(.local(.post, port: server.port, headers: headers, body: Array("x".utf8)))
            let lines = try #require(server.requests.first).lines
            #expect(
                lines == [
                    "POST / HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "X-B: 1", "x-a: 2", "X-b: 3",
                    "Authorization: Bearer s3cr\u{e9}t", "User-Agent: ", "Accept-Encoding: gzip, deflate",
                    "Content-Length: 1", "", "x",
                ]
            )
        }
    }
}
