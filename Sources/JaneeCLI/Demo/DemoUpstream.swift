import JaneeJSON
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An API on loopback that remembers what it received and quotes it back, credential included, as debug pages do.
final class DemoUpstream: Sendable {
    struct Received: Sendable {
        let method: String
        let target: String
        let authorization: String
    }

    let port: Int
    private let log: RequestLog
    private let channel: any Channel

    private init(channel: any Channel, port: Int, log: RequestLog) {
        self.channel = channel
        self.port = port
        self.log = log
    }

    static func start() async throws -> DemoUpstream {
        let log = RequestLog()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(DemoUpstreamHandler(log: log))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return DemoUpstream(channel: channel, port: channel.localAddress?.port ?? 0, log: log)
    }

    /// Everything received so far.
    var received: [Received] { log.requests.withLock { $0 } }

    func stop() async {
        try? await channel.close()
    }
}

/// What the API received, shared between its connections.
private final class RequestLog: Sendable {
    let requests = Mutex<[DemoUpstream.Received]>([])
}

private final class DemoUpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let log: RequestLog
    private var head: HTTPRequestHead?

    init(log: RequestLog) {
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            answer(head, context)
        }
    }

    private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let received = DemoUpstream.Received(
            method: request.method.rawValue,
            target: request.uri,
            authorization: request.headers.first(name: "Authorization") ?? "(none)"
        )
        log.requests.withLock { $0.append(received) }
        let document: JSONValue = [
            "customers": [["id": "cus_1", "name": "Ada"], ["id": "cus_2", "name": "Grace"]],
            "debug": ["you_sent": ["authorization": .string(received.authorization)]],
        ]
        let body = ByteBuffer(string: document.serialized())
        let headers = HTTPHeaders([
            ("Content-Type", "application/json"), ("Content-Length", String(body.readableBytes)),
        ])
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))),
            promise: nil
        )
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
