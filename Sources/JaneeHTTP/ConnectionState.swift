import NIOHTTP1

/// What the handlers of one connection share; confined to the connection's event loop.
final class ConnectionState {
    /// The exchange that is written or answered at the moment.
    private(set) var exchange: Exchange?
    /// Whether all of the request has left; an answer can be complete before.
    private(set) var isRequestWritten = true
    /// The head of its answer as it came.
    var answerHead: HTTPResponseHead?

    func begin(_ exchange: Exchange) {
        self.exchange = exchange
        isRequestWritten = false
        answerHead = nil
    }

    func requestWasWritten() {
        isRequestWritten = true
    }

    func end() {
        exchange = nil
        answerHead = nil
    }
}

@available(*, unavailable)
extension ConnectionState: Sendable {}
