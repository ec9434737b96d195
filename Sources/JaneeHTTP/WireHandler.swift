import HTTPTypes
import JaneeSecrets
import NIOCore
import NIOHTTP1

/// The side of a connection next to the wire: writes the real head of a request, examines the head of the answer,
/// counts encoded bytes and measures silence.
final class WireHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private static let maximumHeadBytes = 128 * 1024

    private let exchanges: ExchangeTable
    private let state: ConnectionState
    private let idleTimer: IdleTimer
    /// Whether the request that is being written was let through.
    private var isWriting = false
    private var remainingEncodedBytes = 0
    /// The head of an answer whose body is compressed, if there is one: the first bytes of it will tell.
    private var compressedHead: HTTPResponseHead?

    init(_ exchanges: ExchangeTable, _ state: ConnectionState, on eventLoop: any EventLoop) {
        self.exchanges = exchanges
        self.state = state
        idleTimer = IdleTimer(on: eventLoop)
    }

    // MARK: Request

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let carrier):
            writeHead(for: carrier, context: context, promise: promise)
        case .body where isWriting:
            context.write(data, promise: promise)
        case .end where isWriting:
            writeEnd(data, context: context, promise: promise)
        case .body, .end:
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    private func writeHead(
        for carrier: HTTPRequestHead,
        context: ChannelHandlerContext,
        promise: EventLoopPromise<Void>?
    ) {
        let exchange = Carrier.number(in: carrier).flatMap { exchanges[$0] }
        guard context.channel.isActive, let exchange, exchange.start() else {
            isWriting = false
            promise?.fail(ChannelError.ioOnClosedChannel)
            // Later, for the pool is in the middle of its own work on this connection.
            let channel = context.channel
            context.eventLoop.execute { channel.close(promise: nil) }
            return
        }
        isWriting = true
        compressedHead = nil
        state.begin(exchange)
        remainingEncodedBytes = exchange.request.limits.maximumEncodedBytes
        context.write(wrapOutboundOut(.head(exchange.request.wireHead())), promise: promise)
    }

    private func writeEnd(_ data: NIOAny, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        isWriting = false
        let exchange = state.exchange
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated()
            .whenSuccess {
                self.state.requestWasWritten()
                guard let exchange, self.state.exchange === exchange else { return }
                self.idleTimer.start(limit: TimeAmount(clamping: exchange.request.limits.idle)) {
                    self.fail(.silentPeer, context: context)
                }
            }
        context.write(data, promise: written)
    }

    // MARK: Answer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange = state.exchange else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            receive(head, of: exchange.request, context: context)
        case .body(let bytes):
            remainingEncodedBytes -= bytes.readableBytes
            guard remainingEncodedBytes >= 0 else { return fail(.answerTooLarge, context: context) }
            if let head = compressedHead.take() { context.fireChannelRead(wrapInboundOut(.head(head))) }
            context.fireChannelRead(data)
        case .end:
            idleTimer.stop()
            if let head = compressedHead.take() { passOn(head, context: context) }
            context.fireChannelRead(data)
        }
    }

    /// Called after each read from the socket, also when it brought no complete part.
    func channelReadComplete(context: ChannelHandlerContext) {
        idleTimer.noteActivity()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        idleTimer.stop()
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        idleTimer.stop()
        context.fireChannelInactive()
    }

    private func receive(_ head: HTTPResponseHead, of request: OutboundRequest, context: ChannelHandlerContext) {
        switch head.status.code {
        case 200...: break
        case 101: return fail(.unexpectedUpgrade, context: context)
        case 100...: return  // Interim answers say nothing that a caller waits for.
        default: return fail(.notHTTP, context: context)
        }
        let bytes = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard bytes <= Self.maximumHeadBytes else { return fail(.answerHeadTooLarge, context: context) }

        state.answerHead = head
        let length = head.headers.first(name: "Content-Length").flatMap { Int($0) }
        guard length != 0, request.method != .head, head.status != .noContent, head.status != .notModified else {
            return passOn(head, context: context)
        }
        let codings = head.headers[canonicalForm: "Transfer-Encoding"].map { $0.lowercased() }
        // Another coding would still be on what is taken for the body.
        guard codings.isEmpty || codings == ["chunked"] else { return fail(.unsupportedCoding, context: context) }
        let limit: Int
        switch ContentCoding(of: head.headers) {
        case .identity: limit = request.limits.maximumResponseBytes
        case .compressed: limit = remainingEncodedBytes
        case .unsupported: return fail(.unsupportedCoding, context: context)
        }
        if let length, length > limit { return fail(.answerTooLarge, context: context) }
        if case .compressed = ContentCoding(of: head.headers) {
            compressedHead = head
        } else {
            context.fireChannelRead(wrapInboundOut(.head(head)))
        }
    }

    /// Passes on the head of an answer without a body; of a compressed one the decompressor would miss the end.
    private func passOn(_ head: HTTPResponseHead, context: ChannelHandlerContext) {
        var head = head
        head.headers.remove(name: "Content-Encoding")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func fail(_ error: HTTPTransportError, context: ChannelHandlerContext) {
        idleTimer.stop()
        state.end()
        // The pool closes the connection and fails the request with this error.
        context.fireErrorCaught(error)
    }
}

extension HTTPTransportLimits {
    /// The most bytes that a compressed body within the limit can reasonably have: compression can make a little
    /// larger what is hard to compress.
    fileprivate var maximumEncodedBytes: Int {
        let (sum, overflow) = maximumResponseBytes.addingReportingOverflow(maximumResponseBytes / 64 + 4096)
        return overflow ? .max : sum
    }
}
