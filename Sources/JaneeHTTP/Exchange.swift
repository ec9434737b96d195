import AsyncHTTPClient
import JaneeSecrets
import Synchronization

/// One request on its way, shared by the calling task and the handlers of the connection that carries it.
final class Exchange: Sendable {
    /// Why an attempt brought no answer.
    enum Failure: Error {
        /// The connection had been closed by the peer; no byte of the request was written, so it can be tried again.
        case connectionWasClosed
        /// No connection; another address may do.
        case unreachable(HTTPTransportError)
        /// A peer without the right certificate; the address may have changed hands.
        case untrusted(HTTPTransportError)
        /// Final.
        case failed(HTTPTransportError)
    }

    private struct State {
        var started = false
        var cancelled = false
        var response: InboundResponse?
    }

    let request: OutboundRequest
    private let state = Mutex(State())

    init(_ request: OutboundRequest) {
        self.request = request
    }

    /// Permission to write the request, given once and not after a cancellation.
    func start() -> Bool {
        state.withLock { state in
            guard !state.started, !state.cancelled else { return false }
            state.started = true
            return true
        }
    }

    func cancel() {
        state.withLock { $0.cancelled = true }
    }

    func complete(with response: InboundResponse) {
        state.withLock { $0.response = response }
    }

    /// The answer, when it is complete.
    var answer: InboundResponse? { state.withLock(\.response) }

    /// What `error`, thrown by the execution, means.
    func failure(for error: any Error) -> Failure {
        let (started, cancelled) = state.withLock { ($0.started, $0.cancelled) }
        if cancelled { return .failed(.cancelled(requestMayHaveBeenSent: started)) }
        if !started, HTTPTransportError.meansClosedConnection(error) { return .connectionWasClosed }
        let mapped = HTTPTransportError(mapping: error, requestMayHaveBeenSent: started)
        guard !started else { return .failed(mapped) }
        switch mapped.code {
        case .connectionFailed: return .unreachable(mapped)
        case .timedOut where error as? HTTPClientError != .deadlineExceeded: return .unreachable(mapped)
        case .tlsFailed: return .untrusted(mapped)
        default: return .failed(mapped)
        }
    }
}

extension Exchange.Failure {
    var transportError: HTTPTransportError {
        switch self {
        case .failed(let error), .unreachable(let error), .untrusted(let error): error
        case .connectionWasClosed: .connectionClosedBeforeRequest
        }
    }

    /// Whether a connection to another address of the same host may be better.
    var concernsAddress: Bool {
        switch self {
        case .connectionWasClosed, .unreachable: true
        case .untrusted, .failed: false
        }
    }

    /// Whether the host may have moved to other addresses.
    var concernsAnswer: Bool {
        switch self {
        case .connectionWasClosed, .unreachable, .untrusted: true
        case .failed: false
        }
    }
}

/// The exchanges that are waiting for a connection or are on one, by number.
final class ExchangeTable: Sendable {
    private struct State {
        var last: UInt64 = 0
        var exchanges: [UInt64: Exchange] = [:]
    }

    /// The memory that all answers take together.
    let budget: AnswerBudget
    private let state = Mutex(State())

    init(budget: AnswerBudget) {
        self.budget = budget
    }

    func insert(_ exchange: Exchange) -> UInt64 {
        state.withLock { state in
            state.last += 1
            state.exchanges[state.last] = exchange
            return state.last
        }
    }

    func remove(_ number: UInt64) {
        state.withLock { _ = $0.exchanges.removeValue(forKey: number) }
    }

    subscript(number: UInt64) -> Exchange? {
        state.withLock { $0.exchanges[number] }
    }
}
