import AsyncHTTPClient
import JaneeSecrets
import NIOCore
import NIOHTTPCompression
import NIOPosix
import Synchronization

/// The HTTP clients by what must not be shared between connections, created when needed, the least recently used ones
/// dropped.
final class ClientPool: Sendable {
    /// Requests with equal keys may share connections.
    struct Key: Hashable {
        let pool: String
        let origin: String
        let addresses: AddressPolicy
        let connect: Duration
        /// The bound of the decompressor, which belongs to the connection.
        let maximumResponseBytes: Int

        init(_ request: OutboundRequest) {
            pool = request.pool
            origin = request.endpoint.origin
            addresses = request.addresses
            connect = request.limits.connect
            maximumResponseBytes = request.limits.maximumResponseBytes
        }
    }

    private struct Entry {
        let client: HTTPClient
        var users = 0
        var lastUse: UInt64 = 0
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var clock: UInt64 = 0
        var isShutDown = false
    }

    /// Beyond this many connections of one client, requests wait for a free one.
    private static let maximumConnections = 256
    /// Shorter than what common servers grant, so that reused connections are rarely about to be closed.
    private static let connectionIdleTime = TimeAmount.seconds(30)

    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let trust: TLSTrust
    private let exchanges: ExchangeTable
    private let maximumClients: Int
    private let state = Mutex(State())

    init(eventLoopGroup: MultiThreadedEventLoopGroup, trust: TLSTrust, exchanges: ExchangeTable, maximumClients: Int) {
        self.eventLoopGroup = eventLoopGroup
        self.trust = trust
        self.exchanges = exchanges
        self.maximumClients = maximumClients
    }

    deinit {
        Self.shutDown(state.withLock { Array($0.entries.values) })
    }

    /// The client for `key`, kept at least until it is released.
    func lease(_ key: Key) throws(HTTPTransportError) -> HTTPClient {
        let lease: (client: HTTPClient, dropped: [Entry])? = state.withLock { state in
            guard !state.isShutDown else { return nil }
            state.clock += 1
            var entry = state.entries[key] ?? Entry(client: makeClient(for: key))
            entry.users += 1
            entry.lastUse = state.clock
            state.entries[key] = entry
            return (entry.client, dropUnused(from: &state))
        }
        guard let lease else { throw .transportIsShutDown }
        Self.shutDown(lease.dropped)
        return lease.client
    }

    /// Ends a lease.
    func release(_ key: Key) {
        Self.shutDown(
            state.withLock { state in
                state.entries[key]?.users -= 1
                return dropUnused(from: &state)
            }
        )
    }

    func shutdown() async {
        let entries = state.withLock { state in
            state.isShutDown = true
            defer { state.entries = [:] }
            return Array(state.entries.values)
        }
        for entry in entries {
            // It fails only when it was called before.
            try? await entry.client.shutdown()
        }
    }

    /// Takes out clients beyond the limit that nobody uses at the moment, the longest unused ones first.
    private func dropUnused(from state: inout State) -> [Entry] {
        var dropped: [Entry] = []
        while state.entries.count > maximumClients {
            let oldest = state.entries.filter { $0.value.users == 0 }.min { $0.value.lastUse < $1.value.lastUse }
            guard let oldest else { break }
            state.entries[oldest.key] = nil
            dropped.append(oldest.value)
        }
        return dropped
    }

    private static func shutDown(_ entries: [Entry]) {
        for entry in entries {
            let _: EventLoopFuture<Void> = entry.client.shutdown()
        }
    }

    private func makeClient(for key: Key) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: trust.configuration,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(clamping: key.connect)),
            connectionPool: .init(
                idleTimeout: Self.connectionIdleTime,
                concurrentHTTP1ConnectionsPerHostSoftLimit: Self.maximumConnections
            ),
            proxy: nil,
            decompression: .enabled(limit: .size(key.maximumResponseBytes))
        )
        configuration.httpVersion = .http1Only
        // A refused connection must fail its request instead of being tried again until the request times out.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tracing.tracer = nil
        let connectionGuard = ConnectionGuard(addresses: key.addresses, exchanges: exchanges)
        configuration.http1_1ConnectionDebugInitializer = { connectionGuard.approve($0) }
        return HTTPClient(eventLoopGroup: eventLoopGroup, configuration: configuration)
    }
}
