import JaneeTestSupport
import NIOCore
import NIOPosix
import NIOSSL

/// Says something to a server and listens until it closes.
enum RawClient {
    /// Where a server is.
    enum Place: Sendable {
        case port(Int)
        case socket(String)
    }

    /// The answer to a request, as it stands on the wire.
    static func get(_ target: String, at place: Place, tls: TLSConfiguration? = nil) async throws -> String {
        try await say("GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", at: place, tls: tls)
    }

    static func say(_ text: String, at place: Place, tls: TLSConfiguration? = nil) async throws -> String {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let heard = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: String.self)
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    }
                    try pipeline.addHandler(Ear(heard))
                }
            }
        do {
            let channel: any Channel
            switch place {
            case .port(let port): channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
            case .socket(let path): channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
            }
            try? await channel.writeAndFlush(ByteBuffer(string: text))
        } catch {
            heard.fail(error)
        }
        return try await heard.futureResult.get()
    }

    /// Settings of a client that trusts the authority of the tests, with its certificate or without.
    static func tls(isKnown: Bool) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        let authority = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.authority.utf8))
        configuration.trustRoots = .certificates(authority)
        guard isKnown else { return configuration }
        let own = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.client.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(TestCertificates.clientKey.utf8), format: .pem)
        configuration.certificateChain = own.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        return configuration
    }
}

/// Collects what is heard until the connection ends.
private final class Ear: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let heard: EventLoopPromise<String>
    private var text = ""

    init(_ heard: EventLoopPromise<String>) {
        self.heard = heard
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        heard.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        heard.succeed(text)
    }
}
