public import HTTPTypes
public import JaneeSecrets
import Synchronization

/// A transport that answers from a script and reaches no network.
///
/// A request that the script does not ask for is refused and recorded, so a provider that sends more than it should, or
/// to another host, fails its test:
///
/// ```swift
/// let transport = ScriptedTransport([
///     .answer("POST", "https://vault.example.com/v1/auth/approle/login", body: #"{"auth": {…}}"#),
///     .answer("GET", "https://vault.example.com/v1/secret/data/stripe", status: 404),
/// ])
/// // … use the provider …
/// #expect(transport.complaints.isEmpty)
/// ```
public final class ScriptedTransport: HTTPTransport {
    /// Whether requests must come as the script has them.
    public enum Order: Sendable {
        /// The first request must be the first step's, and so on.
        case strict
        /// A request takes the first step left that asks for it; for requests at the same time.
        case any
    }

    /// One request that is asked for, and what becomes of it.
    public struct Step: Sendable {
        enum Outcome: Sendable {
            case response(InboundResponse)
            case failure(HTTPTransportError)
            case silence
            case handler(@Sendable (OutboundRequest) async throws(HTTPTransportError) -> InboundResponse)
        }

        let method: String
        let url: String
        let outcome: Outcome

        func asksFor(_ request: OutboundRequest) -> Bool {
            method == request.method.rawValue && (url == ScriptedTransport.url(of: request) || url == request.target)
        }

        /// Answers with a status and a body.
        ///
        /// - Parameter url: Origin and target (`https://host/path?query`), or the target alone to accept any host.
        public static func answer(
            _ method: String,
            _ url: String,
            status: Int = 200,
            headers: HTTPFields = [:],
            body: String = ""
        ) -> Step {
            let response = InboundResponse(status: status, headers: headers, body: Array(body.utf8))
            return Step(method: method, url: url, outcome: .response(response))
        }

        /// Answers with what `handler` makes of the request; it may look at headers and body.
        public static func answer(
            _ method: String,
            _ url: String,
            by handler: @escaping @Sendable (OutboundRequest) async throws(HTTPTransportError) -> InboundResponse
        ) -> Step {
            Step(method: method, url: url, outcome: .handler(handler))
        }

        /// Fails as a transport does.
        public static func fail(_ method: String, _ url: String, _ error: HTTPTransportError) -> Step {
            Step(method: method, url: url, outcome: .failure(error))
        }

        /// Never answers; cancelling the request's task ends it with ``HTTPTransportError/Code/cancelled``.
        public static func silence(_ method: String, _ url: String) -> Step {
            Step(method: method, url: url, outcome: .silence)
        }
    }

    private struct Observer {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var steps: [Step]
        var requests: [OutboundRequest] = []
        var refused: [OutboundRequest] = []
        var observers: [Observer] = []
    }

    private let order: Order
    private let state: Mutex<State>

    /// Makes a transport; without steps it refuses everything.
    public init(_ steps: [Step] = [], order: Order = .strict) {
        self.order = order
        state = Mutex(State(steps: steps))
    }

    /// The requests that were asked for, in the order in which they came.
    public var requests: [OutboundRequest] { state.withLock { $0.requests } }

    /// The requests that were not asked for.
    public var refused: [OutboundRequest] { state.withLock { $0.refused } }

    /// What differs from the script so far, one line each: requests not asked for, and steps nobody took.
    ///
    /// Lines hold methods and addresses, no headers and no bodies.
    public var complaints: [String] {
        state.withLock { state in
            state.refused.map { "not asked for: \($0.method.rawValue) \(Self.url(of: $0))" }
                + state.steps.map { "never sent: \($0.method) \($0.url)" }
        }
    }

    /// Adds steps at the end of the script.
    public func append(_ steps: [Step]) {
        state.withLock { $0.steps += steps }
    }

    /// Answers a request by the script, or refuses it.
    public func send(_ request: OutboundRequest) async throws(HTTPTransportError) -> InboundResponse {
        let (step, observers) = state.withLock { state in take(request, &state) }
        for observer in observers { observer.resume() }
        guard let step else {
            throw HTTPTransportError(
                .invalidRequest,
                "the script does not ask for this request",
                requestMayHaveBeenSent: false
            )
        }
        switch step.outcome {
        case .response(let response): return response
        case .failure(let error): throw error
        case .handler(let handler): return try await handler(request)
        case .silence:
            await Self.untilCancelled()
            throw HTTPTransportError(.cancelled, "the request was cancelled", requestMayHaveBeenSent: true)
        }
    }

    /// Returns as soon as `count` requests have come in all, asked for or not.
    public func untilRequested(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.requests.count + state.refused.count >= count { return true }
                state.observers.append(Observer(count: count, continuation: continuation))
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    private func take(
        _ request: OutboundRequest,
        _ state: inout State
    ) -> (Step?, [CheckedContinuation<Void, Never>]) {
        let candidates = order == .strict ? state.steps.prefix(1) : state.steps[...]
        let step = candidates.firstIndex { $0.asksFor(request) }.map { state.steps.remove(at: $0) }
        if step == nil { state.refused.append(request) } else { state.requests.append(request) }
        let count = state.requests.count + state.refused.count
        let satisfied = state.observers.filter { $0.count <= count }
        state.observers.removeAll { $0.count <= count }
        return (step, satisfied.map(\.continuation))
    }

    private static func url(of request: OutboundRequest) -> String {
        request.endpoint.origin + request.target
    }

    private static func untilCancelled() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        // Only cancellation ends the iteration above; a continuation that nobody holds any more would end it, too.
        withExtendedLifetime(continuation) {}
    }
}
