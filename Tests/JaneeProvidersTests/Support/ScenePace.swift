import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

/// How time passes while real requests are under way: they take real time, which no clock of a test knows.
struct ScenePace: Sendable {
    let clock: ManualClock
    /// Whether no request is under way.
    let isIdle: @Sendable () -> Bool

    /// Lets short pauses pass for as long as `body` runs, such as that after which a new token is tried again.
    func passingShortPauses<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let pump = Task {
            while !Task.isCancelled {
                if let next = clock.nextDeadline, next.offset - clock.now.offset <= .milliseconds(250) {
                    clock.advance(to: next)
                }
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        defer { pump.cancel() }
        return try await body()
    }

    /// Moves time in steps, and lets at each of them end what it has begun.
    ///
    /// - Parameter isKept: Whether something looks after a token all the time.
    func advance(
        by duration: Duration,
        step: Duration = .milliseconds(500),
        isKept: Bool = true
    ) async throws {
        var left = duration
        while left > .zero {
            clock.advance(by: min(step, left))
            left -= step
            try await until { isIdle() && (!isKept || isKeeperAsleep) }
        }
    }

    /// Whether somebody waits for no longer than the keeper of a token does; the bounds of requests are longer.
    private var isKeeperAsleep: Bool {
        clock.nextDeadline.map { $0.offset - clock.now.offset <= .seconds(60) } ?? false
    }

    /// Waits for something that requests over the network bring about, of which nothing tells a test: so it looks again.
    func until(_ condition: () -> Bool) async throws {
        for attempt in 0..<20_000 {
            if condition() { return }
            if attempt < 100 { await Task.yield() } else { try await Task.sleep(for: .milliseconds(1)) }
        }
        Issue.record("it did not happen within twenty seconds")
    }
}

/// Knows whether requests are under way.
final class CountingTransport: HTTPTransport, MetadataTransport {
    private let client: any HTTPTransport
    private let metadata: any MetadataTransport
    private let metadataTimeout: Duration?
    private let count = Locked(0)

    /// - Parameter metadataTimeout: How long sources of credentials may take where the machine has much else to do; as long
    ///   as the provider lets them if it is nil.
    init(
        _ client: any HTTPTransport,
        metadata: any MetadataTransport = NoMetadata(),
        metadataTimeout: Duration? = nil
    ) {
        self.client = client
        self.metadata = metadata
        self.metadataTimeout = metadataTimeout
    }

    var isIdle: Bool { count.withLock { $0 == 0 } }

    func send(_ request: OutboundRequest) async throws(HTTPTransportError) -> InboundResponse {
        count.withLock { $0 += 1 }
        defer { count.withLock { $0 -= 1 } }
        return try await client.send(request)
    }

    func send(_ request: MetadataRequest) async throws(HTTPTransportError) -> InboundResponse {
        count.withLock { $0 += 1 }
        defer { count.withLock { $0 -= 1 } }
        var request = request
        request.timeout = metadataTimeout ?? request.timeout
        return try await metadata.send(request)
    }
}
