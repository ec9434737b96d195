import HTTPTypes
import JaneeSecrets
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import JaneeHTTP

@Suite("Time limits")
struct TimeoutTests {
    private static let short = Duration.milliseconds(150)

    @Test(
        "end an exchange whose peer falls silent, at any point of the answer",
        arguments: [
            "", "HTTP/1.1 200", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "HTTP/1.1 200 OK\r\n\r\nhel",
        ]
    )
    func idle(_ start: String) async throws {
        try await LoopbackServer.serve(start) { server in
            let error = await failure(
                try .local(.post, port: server.port, body: [1], limits: HTTPTransportLimits(idle: Self.short))
            )
            #expect(error?.code == .timedOut)
            #expect(error?.requestMayHaveBeenSent == true)
            await server.wait(for: .closed(0))
        }
    }

    @Test(
        "end an exchange that takes too long as a whole",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"]
    )
    func total(_ start: String) async throws {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        try await LoopbackServer.serve(LoopbackServer.Script { _, number in [.text(number == 0 ? ok : start)] }) {
            server in
            try await withClient { client in
                // The time under test is not spent on the way to a connection.
                _ = try await client.send(.local(port: server.port))
                var limits = HTTPTransportLimits.unhurried
                limits.total = .seconds(2)
                let request = try OutboundRequest.local(port: server.port, limits: limits)
                let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                #expect(error?.code == .timedOut)
                #expect(error?.requestMayHaveBeenSent == true)
                await server.wait(for: .closed(0))
                #expect(server.connections == 1)
            }
        }
    }

    @Test("end an exchange that never falls silent")
    func endless() async throws {
        let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        try await LoopbackServer.serve(.always([.flood(interim, times: .max)])) { server in
            let error = await failure(try .local(port: server.port, limits: HTTPTransportLimits(total: Self.short)))
            #expect(error?.code == .timedOut)
            await server.wait(for: .closed(0))
        }
    }

    @Test("end the wait for a connection, TLS included, without a byte of the request sent")
    func connect() async throws {
        // The server waits for a request in plain text and leaves the handshake without an answer.
        try await LoopbackServer.serve("") { server in
            let error = await failure(
                try .local(port: server.port, scheme: .https, limits: HTTPTransportLimits(connect: Self.short))
            )
            #expect(error?.code == .timedOut)
            #expect(error?.requestMayHaveBeenSent == false)
        }
    }

    @Test("that are nothing end an exchange before it begins", arguments: [Duration.zero, .seconds(-5)])
    func nothing(_ total: Duration) async throws {
        try await LoopbackServer.serve("") { server in
            let error = await failure(try .local(port: server.port, limits: HTTPTransportLimits(total: total)))
            #expect(error?.code == .timedOut)
        }
    }

    @Test("may be as long as one likes")
    func forever() async throws {
        let limit = Duration.seconds(Int64.max)
        try await LoopbackServer.serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") { server in
            let limits = HTTPTransportLimits(connect: limit, idle: limit, total: limit, maximumResponseBytes: .max)
            let response = try await send(.local(port: server.port, limits: limits))
            #expect(response.status == 200)
        }
    }

    @Test("of silence begin anew with every byte, and end once")
    func activity() {
        let eventLoop = EmbeddedEventLoop()
        let timer = IdleTimer(on: eventLoop)
        var expirations = 0
        timer.start(limit: .seconds(10)) { expirations += 1 }
        for _ in 0..<5 {
            eventLoop.advanceTime(by: .seconds(9))
            timer.noteActivity()
        }
        eventLoop.advanceTime(by: .seconds(9))
        #expect(expirations == 0)
        eventLoop.advanceTime(by: .seconds(1))
        #expect(expirations == 1)
        eventLoop.advanceTime(by: .seconds(100))
        #expect(expirations == 1)

        timer.start(limit: .seconds(10)) { expirations += 1 }
        timer.stop()
        eventLoop.advanceTime(by: .seconds(100))
        #expect(expirations == 1)
    }

    @Test("of silence on a connection begin anew with every read, and not before the request has left")
    func connectionActivity() throws {
        let exchanges = ExchangeTable(budget: AnswerBudget(bytes: 1 << 20))
        let limits = HTTPTransportLimits(idle: .seconds(10))
        let exchange = Exchange(try .local(port: 1, limits: limits))
        let number = exchanges.insert(exchange)
        let channel = EmbeddedChannel()
        let handler = WireHandler(exchanges, ConnectionState(), on: channel.eventLoop)
        try channel.pipeline.syncOperations.addHandler(handler)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        let carrier = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["exchange": "\(number)"])
        channel.write(HTTPClientRequestPart.head(carrier), promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        for _ in 0..<5 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(9))
            channel.pipeline.fireChannelReadComplete()
        }
        try channel.throwIfErrorCaught()
        channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        let error = #expect(throws: HTTPTransportError.self) { try channel.throwIfErrorCaught() }
        #expect(error?.code == .timedOut)
    }
}
