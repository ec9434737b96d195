import HTTPTypes
import JaneeSecrets
import NIOCore
import NIOPosix
import Testing

@testable import JaneeHTTP

@Suite("Connections")
struct ConnectionTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("are used again by the requests of a pool, and by no other")
    func reuse() async throws {
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient { client in
                for pool in ["a", "a", "b", "a", "b"] {
                    _ = try await client.send(.local(.post, port: server.port, body: [1], pool: pool))
                }
                #expect(server.requests.map(\.connection) == [0, 0, 1, 0, 1])
            }
        }
    }

    @Test("that the server closes after an answer are replaced", arguments: ["Connection: close\r\n", ""])
    func closedByServer(_ header: String) async throws {
        let steps: [LoopbackServer.Step] = [.text("HTTP/1.1 200 OK\r\n\(header)Content-Length: 2\r\n\r\nok"), .close]
        // One thread: when a later exchange has passed over it, it has also seen what happened before.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let client = GuardedHTTPClient(eventLoopGroup: group, idleConnection: .seconds(600))
        try await LoopbackServer.serve(Self.ok) { witness in
            try await LoopbackServer.serve(.always(steps)) { server in
                for number in 0..<5 {
                    #expect(try await client.send(.local(port: server.port)).status == 200)
                    await server.wait(for: .closed(number))
                    _ = try await client.send(.local(port: witness.port, pool: "\(number)"))
                }
                #expect(server.connections == 5)
            }
        }
        await client.shutdown()
        try await group.shutdownGracefully()
    }

    @Test("that are refused or reset fail their requests", arguments: [1, 10])
    func refused(_ requests: Int) async throws {
        let port = try await LoopbackServer.deadPort(on: "127.0.2.1")
        for host in ["127.0.2.1", "upstream.test"] {
            try await withClient(resolver: ScriptedResolver(["127.0.2.1"])) { client in
                let request = try OutboundRequest.local(port: port, host: host)
                await withTaskGroup { group in
                    for _ in 0..<requests {
                        group.addTask {
                            let error = await #expect(throws: HTTPTransportError.self) {
                                try await client.send(request)
                            }
                            #expect(error?.code == .connectionFailed)
                            #expect(error?.requestMayHaveBeenSent == false)
                            #expect(error?.message.contains("refuses connections") == true)
                        }
                    }
                }
            }
        }
    }

    @Test("carry 64 requests at once")
    func concurrency() async throws {
        let gate = Gate()
        try await LoopbackServer.serve(.always([.wait(gate), .text(Self.ok)])) { server in
            try await withClient { client in
                try await withThrowingTaskGroup { group in
                    for number in 0..<64 {
                        let request = try OutboundRequest.local(.get, "/\(number)", port: server.port)
                        group.addTask { try await client.send(request).status }
                    }
                    for number in 0..<64 { await server.wait(for: .request(number)) }
                    gate.open()
                    for try await status in group { #expect(status == 200) }
                }
                #expect(Set(server.requests.map(\.requestLine)).count == 64)
            }
        }
    }

    @Test("give every request its own answer")
    func answers() async throws {
        try await LoopbackServer.serve(
            LoopbackServer.Script { request, _ in
                let target = request.requestLine.split(separator: " ")[1]
                return [.text("HTTP/1.1 200 OK\r\nContent-Length: \(target.utf8.count)\r\n\r\n\(target)")]
            }
        ) { server in
            try await withClient { client in
                try await withThrowingTaskGroup { group in
                    for worker in 0..<16 {
                        group.addTask {
                            for number in 0..<50 {
                                let target = "/\(worker)/\(number)"
                                let response = try await client.send(.local(.get, target, port: server.port))
                                #expect(response.body == Array(target.utf8))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("of the least recently used pools are closed when there are too many")
    func bounded() async throws {
        try await LoopbackServer.serve(Self.ok) { server in
            try await withClient(maximumClients: 2) { client in
                for pool in ["a", "b", "a", "c"] {
                    _ = try await client.send(.local(port: server.port, pool: pool))
                }
                await server.wait(for: .closed(1))
                _ = try await client.send(.local(port: server.port, pool: "a"))
                #expect(server.requests.map(\.connection) == [0, 1, 0, 2, 0])
            }
        }
    }

    @Test("in use are kept even when there are too many")
    func boundedInUse() async throws {
        let gate = Gate()
        try await LoopbackServer.serve(.always([.wait(gate), .text(Self.ok)])) { server in
            try await withClient(maximumClients: 1) { client in
                try await withThrowingTaskGroup { group in
                    for number in 0..<5 {
                        let request = try OutboundRequest.local(port: server.port, pool: "\(number)")
                        group.addTask { try await client.send(request).status }
                    }
                    for number in 0..<5 { await server.wait(for: .request(number)) }
                    gate.open()
                    for try await status in group { #expect(status == 200) }
                }
            }
        }
    }

    @Test("are closed by a shutdown; requests under way fail, later ones are refused")
    func shutdown() async throws {
        try await LoopbackServer.serve("") { server in
            let client = GuardedHTTPClient(idleConnection: .seconds(600))
            let request = try OutboundRequest.local(port: server.port)
            let task = Task { try await client.send(request) }
            await server.wait(for: .request(0))
            await client.shutdown()
            let underWay = await #expect(throws: HTTPTransportError.self) { try await task.value }
            #expect(underWay?.code == .cancelled)
            #expect(underWay?.requestMayHaveBeenSent == true)
            await server.wait(for: .closed(0))
            let later = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
            #expect(later?.code == .cancelled)
            #expect(later?.requestMayHaveBeenSent == false)
            await client.shutdown()
        }
    }

    @Test("are closed when the client is dropped")
    func dropped() async throws {
        try await LoopbackServer.serve(Self.ok) { server in
            var client: GuardedHTTPClient? = GuardedHTTPClient(idleConnection: .seconds(600))
            _ = try await client?.send(.local(port: server.port))
            client = nil
            await server.wait(for: .closed(0))
        }
    }

    @Test("with unsolicited bytes while idle are not used again")
    func unsolicited() async throws {
        let gate = Gate()
        try await LoopbackServer.serve(
            LoopbackServer.Script { _, number in
                number == 0 ? [.text(Self.ok), .wait(gate), .text(Self.ok)] : [.text(Self.ok)]
            }
        ) { server in
            try await withClient { client in
                _ = try await client.send(.local(port: server.port))
                gate.open()
                await server.wait(for: .closed(0))
                _ = try await client.send(.local(port: server.port))
                #expect(server.connections == 2)
            }
        }
    }

    @Test(
        "that end with a request unanswered fail it, and it is not sent again",
        arguments: [LoopbackServer.Step.close, .abort]
    )
    func notRetried(_ ending: LoopbackServer.Step) async throws {
        try await LoopbackServer.serve(LoopbackServer.Script { _, number in number == 0 ? [.text(Self.ok)] : [ending] })
        { server in
            try await withClient { client in
                _ = try await client.send(.local(port: server.port))
                let request = try OutboundRequest.local(port: server.port)
                let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                #expect(error?.code == .truncated)
                #expect(error?.requestMayHaveBeenSent == true)
                #expect(server.requests.count == 2)
            }
        }
    }
}
