import JaneeHTTP
import JaneeSecrets
import NIOCore
import Testing

@Suite("Cancelling")
struct CancellationTests {
    @Test(
        "a request under way closes its connection",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"]
    )
    func underWay(_ start: String) async throws {
        try await LoopbackServer.serve(start) { server in
            try await withClient { client in
                let request = try OutboundRequest.local(port: server.port)
                let task = Task { try await client.send(request) }
                await server.wait(for: .request(0))
                task.cancel()
                let error = await #expect(throws: HTTPTransportError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                #expect(error?.requestMayHaveBeenSent == true)
                await server.wait(for: .closed(0))
            }
        }
    }

    @Test("a request beforehand sends nothing")
    func beforehand() async throws {
        try await LoopbackServer.serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") { server in
            try await withClient { client in
                // A connection is waiting.
                _ = try await client.send(.local(port: server.port))
                let request = try OutboundRequest.local(port: server.port)
                let gate = Gate()
                let task = Task {
                    // Cancellation does not end this wait.
                    try await gate.future.get()
                    return try await client.send(request)
                }
                task.cancel()
                gate.open()
                let error = await #expect(throws: HTTPTransportError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                #expect(error?.requestMayHaveBeenSent == false)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test("one of several requests leaves the others alone")
    func others() async throws {
        let gate = Gate()
        try await LoopbackServer.serve(
            .always([.wait(gate), .text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
        ) { server in
            try await withClient { client in
                let request = try OutboundRequest.local(port: server.port)
                let tasks = (0..<8).map { _ in Task { try await client.send(request) } }
                for number in 0..<8 { await server.wait(for: .request(number)) }
                tasks[3].cancel()
                await #expect(throws: HTTPTransportError.self) { try await tasks[3].value }
                gate.open()
                for (number, task) in tasks.enumerated() where number != 3 {
                    #expect(try await task.value.status == 200)
                }
            }
        }
    }
}
