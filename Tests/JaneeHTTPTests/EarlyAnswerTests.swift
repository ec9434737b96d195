import HTTPTypes
import JaneeHTTP
import JaneeSecrets
import NIOCore
import NIOPosix
import Testing

@Suite("An answer that comes before the head of its request is out")
struct EarlyAnswerTests {
    /// Answers the first bytes of a connection, and reads the others only afterwards.
    private final class Hasty: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let status: Int
        private var hasAnswered = false

        init(_ status: Int) { self.status = status }

        func channelActive(context: ChannelHandlerContext) { context.read() }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasAnswered else { return }
            hasAnswered = true
            let answer = ByteBuffer(string: "HTTP/1.1 \(status) Early\r\nContent-Length: 2\r\n\r\nno")
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            // Long enough for the answer to arrive while the head still waits.
            let channel = context.channel
            context.eventLoop.scheduleTask(in: .milliseconds(200)) {
                channel.setOption(.autoRead, value: true).whenSuccess { channel.read() }
            }
        }
    }

    @Test("is taken, and the program lives on", arguments: [200, 413])
    func early(status: Int) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_rcvbuf), value: 4096)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Hasty(status)) }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let port = try #require(server.localAddress?.port)
        // More than what the system takes at once.
        let headers = try (0..<16)
            .map { number in
                (
                    name: try #require(HTTPField.Name("X-Large-\(number)")),
                    value: OutboundRequest.HeaderValue.plain(String(repeating: "x", count: 1 << 20))
                )
            }
        try await withClient { client in
            for _ in 0..<2 {
                let request = try OutboundRequest.local(.post, port: port, headers: headers, body: [1, 2, 3])
                let response = try await client.send(request)
                #expect(response.status == status)
                #expect(response.body == Array("no".utf8))
            }
        }
        try await server.close()
    }
}
