import HTTPTypes
import JaneeHTTP
import JaneeSecrets
import Testing

@Suite("An answer")
struct ResponseTests {
    private func answer(
        _ method: HTTPRequest.Method = .get,
        limits: HTTPTransportLimits = HTTPTransportLimits(),
        to steps: LoopbackServer.Step...
    ) async throws -> InboundResponse {
        try await LoopbackServer.serve(.always(steps)) { server in
            try await send(.local(method, port: server.port, limits: limits))
        }
    }

    private func code(
        _ method: HTTPRequest.Method = .get,
        limits: HTTPTransportLimits = HTTPTransportLimits(),
        to steps: LoopbackServer.Step...
    ) async throws -> HTTPTransportError.Code? {
        try await LoopbackServer.serve(.always(steps)) { server in
            let error = await failure(try .local(method, port: server.port, limits: limits))
            if error != nil { #expect(error?.requestMayHaveBeenSent == true) }
            return error?.code
        }
    }

    @Test("comes with status, headers in order and body as received")
    func everything() async throws {
        let response = try await answer(
            to: .text("HTTP/1.1 418 Teapot\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 3\r\n\r\n\u{0}\r\n")
        )
        #expect(response.status == 418)
        #expect(
            response.headers.map { "\($0.name.rawName)=\($0.value)" } == [
                "X-B=1", "x-a=2", "X-B=3", "Content-Length=3",
            ]
        )
        #expect(response.body == [0, 13, 10])
    }

    @Test(
        "ends by length, by chunks or by the end of the connection",
        arguments: [
            ["Content-Length: 5\r\n\r\nhello"],
            ["Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n", "3;x=y\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"],
            ["Connection: close\r\n\r\nhel", "lo"],
        ]
    )
    func framing(_ parts: [String]) async throws {
        let steps = ["HTTP/1.1 200 OK\r\n"] + parts
        let response = try await LoopbackServer.serve(
            .always(steps.map { .text($0) } + [.close])
        ) { server in
            try await send(.local(port: server.port))
        }
        #expect(response.body == Array("hello".utf8))
    }

    @Test(
        "without a body ends with its head",
        arguments: [
            (HTTPRequest.Method.head, "200 OK\r\nContent-Length: 1000"),
            (.head, "200 OK\r\nTransfer-Encoding: chunked"),
            (.get, "204 No Content"), (.get, "204 No Content\r\nContent-Length: 7"), (.get, "304 Not Modified"),
            (.get, "304 Not Modified\r\nContent-Length: 10\r\nContent-Encoding: gzip"),
            (.head, "200 OK\r\nContent-Length: 10\r\nContent-Encoding: gzip"),
            (.head, "200 OK\r\nContent-Length: 99999999\r\nContent-Encoding: br"),
            (.get, "200 OK\r\nContent-Length: 0\r\nContent-Encoding: gzip"),
        ]
    )
    func bodiless(method: HTTPRequest.Method, head: String) async throws {
        let response = try await answer(method, to: .text("HTTP/1.1 \(head)\r\n\r\n"))
        #expect(response.body == [])
        #expect(
            response.headers[.contentEncoding] == (head.contains("gzip") ? "gzip" : head.contains("br") ? "br" : nil)
        )
    }

    @Test("is the final one; interim answers before it are ignored")
    func interim() async throws {
        let response = try await answer(
            to: .text("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
            .text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        )
        #expect(response.status == 200)
        #expect(response.headers.count == 1)
        #expect(response.body == Array("ok".utf8))
    }

    @Test("that redirects is given back and not followed", arguments: [301, 302, 303, 307, 308])
    func redirect(_ status: Int) async throws {
        try await LoopbackServer.serve(
            .always([.text("HTTP/1.1 \(status) Moved\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")])
        ) { server in
            let response = try await send(.local(port: server.port))
            #expect(response.status == status)
            #expect(response.headers[.location] == "/next")
            #expect(server.requests.count == 1)
        }
    }

    @Test("may be exactly as large as the limit")
    func largest() async throws {
        let limits = HTTPTransportLimits(maximumResponseBytes: 100)
        let body = String(repeating: "x", count: 100)
        let response = try await answer(
            limits: limits,
            to: .text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n\(body)")
        )
        #expect(response.body.count == 100)
    }

    @Test("that is larger than the limit is refused, its connection closed at once")
    func tooLarge() async throws {
        let head = "HTTP/1.1 200 OK\r\n"
        let block = Array("1000\r\n".utf8) + [UInt8](repeating: 120, count: 0x1000) + Array("\r\n".utf8)
        let plain = [UInt8](repeating: 120, count: 0x1000)
        let answers: [[LoopbackServer.Step]] = [
            [.text(head + "Content-Length: 1000000000\r\n\r\n"), .flood(plain, times: 100_000)],
            [.text(head + "Transfer-Encoding: chunked\r\n\r\n"), .flood(block, times: 100_000)],
            [.text(head + "\r\n"), .flood(plain, times: 100_000)],
        ]
        for steps in answers {
            try await LoopbackServer.serve(.always(steps)) { server in
                let error = await failure(
                    try .local(port: server.port, limits: HTTPTransportLimits(maximumResponseBytes: 20_000))
                )
                #expect(error?.code == .tooLarge)
                #expect(error?.requestMayHaveBeenSent == true)
                await server.wait(for: .closed(0))
            }
        }
    }

    @Test(
        "that ends too early is recognised",
        arguments: [
            "", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
        ]
    )
    func truncated(_ start: String) async throws {
        #expect(try await code(to: .text(start), .close) == .truncated)
    }

    @Test(
        "that is not HTTP/1.1 is refused",
        arguments: [
            "SSH-2.0-OpenSSH_9.6\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}", "<html></html>\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/3.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 000 Zero\r\n\r\n",
        ]
    )
    func garbage(_ bytes: String) async throws {
        #expect(try await code(to: .text(bytes)) == .protocolError)
    }

    @Test("with endless headers is refused")
    func endlessHead() async throws {
        let start = LoopbackServer.Step.text("HTTP/1.1 200 OK\r\n")
        let line = Array("X-Long: \(String(repeating: "x", count: 1000))\r\n".utf8)
        #expect(try await code(to: start, .flood(line, times: 100_000)) == .tooLarge)
        #expect(try await code(to: start, .flood(line, times: 200), .text("\r\n")) == .tooLarge)
        #expect(
            try await code(to: start, .text("X: "), .flood(Array(repeating: 120, count: 1000), times: 10_000))
                == .tooLarge
        )
        #expect(try await code(to: start, .flood(Array("X: y\r\n".utf8), times: 1000)) == .tooLarge)
    }

    @Test("may be in before the request is out; the connection is not used again", arguments: [200, 413])
    func early(_ status: Int) async throws {
        // The server answers the head of the request and never reads the rest.
        try await LoopbackServer.serve(
            answeringHeadsWith: "HTTP/1.1 \(status) Early\r\nContent-Length: 2\r\n\r\nno"
        ) { server in
            try await withClient { client in
                let body = [UInt8](repeating: 1, count: 8_000_000)
                for _ in 0..<2 {
                    let response = try await client.send(.local(.post, port: server.port, body: body))
                    #expect(response.status == status)
                    #expect(response.body == Array("no".utf8))
                }
                #expect(server.connections == 2)
            }
        }
    }

    @Test("with more bytes than it should have is given back, and its connection is not used again")
    func surplus() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
        try await LoopbackServer.serve(
            LoopbackServer.Script { _, number in [.text(number == 0 ? answer + forged : answer)] }
        ) { server in
            try await withClient { client in
                for _ in 0..<2 {
                    let response = try await client.send(.local(port: server.port))
                    #expect(response.body == Array("ok".utf8))
                }
                #expect(server.connections == 2)
            }
        }
    }
}
