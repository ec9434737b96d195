import HTTPTypes
import JaneeSecrets
import NIOCore
import NIOHTTP1

/// The side of a connection next to the pool: gathers the decoded answer and passes it on when it is complete.
///
/// To the pool an answer is a head and an end, both at once. A connection is therefore free for the next request only
/// when the bytes that came together with the end have been looked at: if there are more than belong to the answer,
/// the connection is closed instead, because they would be taken for the answer to the next request. It is closed as
/// well when the answer came before the request was out, because the next request would wait behind the rest.
final class ResponseCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private let state: ConnectionState
    private let budget: AnswerBudget
    private var body: [UInt8] = []
    private var memory: AnswerBudget.Lease?
    private var isComplete = false

    init(_ state: ConnectionState, _ budget: AnswerBudget) {
        self.state = state
        self.budget = budget
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange = state.exchange, !isComplete else { return }
        switch unwrapInboundIn(data) {
        case .head:
            body = []
            memory = AnswerBudget.Lease(budget)
        case .body(let bytes):
            guard bytes.readableBytes <= exchange.request.limits.maximumResponseBytes - body.count else {
                return fail(.answerTooLarge, context: context)
            }
            guard memory?.grow(by: bytes.readableBytes) ?? false else {
                return fail(.answersTooLarge, context: context)
            }
            body += bytes.readableBytesView
        case .end:
            isComplete = true
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isComplete { complete(reusable: state.isRequestWritten, context: context) }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isComplete {
            complete(reusable: false, context: context)
        } else if state.exchange != nil {
            fail(.truncatedAnswer, context: context)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isComplete {
            complete(reusable: false, context: context)
        } else if state.exchange != nil {
            fail(HTTPTransportError(mapping: error, requestMayHaveBeenSent: true), context: context)
        } else {
            context.fireErrorCaught(error)
        }
    }

    private func complete(reusable: Bool, context: ChannelHandlerContext) {
        isComplete = false
        guard let exchange = state.exchange, var head = state.answerHead else {
            return fail(.notHTTP, context: context)
        }
        exchange.complete(
            with: InboundResponse(
                status: Int(head.status.code),
                headers: HTTPFields(head),
                body: body,
                memory: memory
            )
        )
        body = []
        memory = nil
        state.end()
        if !reusable { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.fireChannelRead(wrapInboundOut(.end(nil)))
    }

    private func fail(_ error: HTTPTransportError, context: ChannelHandlerContext) {
        body = []
        memory = nil
        state.end()
        // The pool closes the connection and fails the request with this error.
        context.fireErrorCaught(error)
    }
}

extension HTTPFields {
    /// The headers of an answer, as received.
    fileprivate init(_ head: HTTPResponseHead) {
        self.init()
        reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            guard let name = HTTPField.Name(name) else { continue }
            append(HTTPField(name: name, value: value))
        }
    }
}
