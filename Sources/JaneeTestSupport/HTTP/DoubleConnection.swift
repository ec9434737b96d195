import NIOCore
import NIOHTTP1
import NIOSSL

/// One connection of a ``DoubleServer``: collects requests and writes what the double says.
final class DoubleConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// As much as the server takes; what is beyond is not kept.
    private static let largestBody = 32 << 20
    /// What Go sends with a length instead of in chunks.
    private static let largestUnchunked = 2048

    private let double: any HTTPDouble
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// Of the client's certificate.
    private var commonName: String?
    private var hasLookedForName = false

    init(_ double: any HTTPDouble) {
        self.double = double
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part):
            guard body.readableBytes + part.readableBytes <= Self.largestBody else { return }
            body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            self.head = nil
            learnName(context)
            let answer = double.answer(
                DoubleRequest(
                    method: head.method.rawValue,
                    target: head.uri,
                    headers: head.headers.map { ($0.name, $0.value) },
                    body: Array(body.readableBytesView),
                    clientCertificateCommonName: commonName
                )
            )
            send(answer, to: head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Looks for the certificate once; a search of the pipeline for each request is felt.
    private func learnName(_ context: ChannelHandlerContext) {
        guard !hasLookedForName else { return }
        hasLookedForName = true
        let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        commonName = (try? tls?.peerCertificate?.toDERBytes()).flatMap { CertificateName.commonName(in: $0) }
    }

    private func send(_ answer: DoubleAnswer, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        switch answer.behaviour {
        case .hang: return
        case .close: return context.close(promise: nil)
        case .send, .truncate: break
        }
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status))
        for (name, value) in answer.headers { head.headers.add(name: name, value: value) }
        let isTruncated = answer.behaviour == .truncate
        let isLast = isTruncated || !request.isKeepAlive
        if isLast { head.headers.add(name: "Connection", value: "close") }
        let hasBody = request.method != .HEAD && ![204, 304].contains(answer.status)
        if isTruncated {
            head.headers.add(name: "Content-Length", value: String(answer.body.count + 1000))
        } else if hasBody, answer.body.count <= Self.largestUnchunked {
            head.headers.add(name: "Content-Length", value: String(answer.body.count))
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if hasBody, !answer.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        // Without an end the codec waits for the rest of the body, which does not come.
        let last: HTTPServerResponsePart = isTruncated ? .body(.byteBuffer(ByteBuffer())) : .end(nil)
        guard isLast else { return context.writeAndFlush(wrapOutboundOut(last), promise: nil) }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(last)).whenComplete { _ in channel.close(promise: nil) }
    }
}
