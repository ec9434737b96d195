import AsyncHTTPClient
import JaneeSecrets
import NIOCore
import NIOPosix
import Synchronization

/// The HTTP clients by what must not be shared between connections, created when needed, the least recently used ones
/// dropped.
final class ClientPool: Sendable {
    /// A client, kept at least until it is released.
    final class Entry: Sendable {
        /// What changes only while the pool is locked.
        fileprivate struct Use {
            var users = 0
            var lastUse: UInt64 = 0
            /// Whether its files have changed, so that nobody will ask for it again.
            var isOutdated = false
        }

        let key: ClientKey
        let client: HTTPClient
        let carrier: Carrier
        fileprivate let use = Mutex(Use())

        fileprivate init(_ key: ClientKey, _ client: HTTPClient, _ carrier: Carrier) {
            self.key = key
            self.client = client
            self.carrier = carrier
        }

        fileprivate var isUnused: Bool { use.withLock { $0.users == 0 } }
    }

    private struct State {
        var entries: [ClientKey: Entry] = [:]
        var clock: UInt64 = 0
        var isShutDown = false
    }

    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let trust: TLSTrust
    private let exchanges: ExchangeTable
    private let maximumClients: Int
    private let idleConnection: Duration
    private let state = Mutex(State())

    init(
        eventLoopGroup: MultiThreadedEventLoopGroup,
        trust: TLSTrust,
        exchanges: ExchangeTable,
        maximumClients: Int,
        idleConnection: Duration
    ) {
        self.idleConnection = idleConnection
        self.eventLoopGroup = eventLoopGroup
        self.trust = trust
        self.exchanges = exchanges
        self.maximumClients = maximumClients
    }

    deinit {
        Self.shutDown(state.withLock { $0.entries.values.map(\.client) })
    }

    /// The client for `key`, kept at least until it is released.
    func lease(_ key: ClientKey) throws(HTTPTransportError) -> Entry {
        if let entry = try take(key, orAdd: nil) { return entry }
        // Files are read without the lock. Others may do the same meanwhile, then one of the clients stays.
        let new = try makeEntry(for: key)
        do {
            let entry = try take(key, orAdd: new) ?? new
            if entry !== new { Self.shutDown([new.client]) }
            return entry
        } catch {
            Self.shutDown([new.client])
            throw error
        }
    }

    /// Ends a lease.
    func release(_ entry: Entry) {
        Self.shutDown(
            state.withLock { state in
                let isOver = entry.use.withLock { use in
                    use.users -= 1
                    return use.isOutdated && use.users == 0
                }
                if isOver, state.entries.removeValue(forKey: entry.key) != nil { return [entry.client] }
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

    /// A lease of the client for `key`; if there is none, of `new`.
    private func take(_ key: ClientKey, orAdd new: Entry?) throws(HTTPTransportError) -> Entry? {
        let result: (entry: Entry?, dropped: [HTTPClient])? = state.withLock { state in
            guard !state.isShutDown else { return nil }
            let known = state.entries[key]
            guard let entry = known ?? new else { return (nil, []) }
            state.clock += 1
            entry.use.withLock { use in
                use.users += 1
                use.lastUse = state.clock
            }
            if known != nil { return (entry, []) }
            state.entries[key] = entry
            return (entry, dropOutdated(by: key, from: &state) + dropUnused(from: &state))
        }
        guard let result else { throw .transportIsShutDown }
        Self.shutDown(result.dropped)
        return result.entry
    }

    /// Takes out clients whose files have changed since, at once or when the last request on them has ended.
    private func dropOutdated(by key: ClientKey, from state: inout State) -> [HTTPClient] {
        guard !key.files.isEmpty else { return [] }
        var dropped: [HTTPClient] = []
        for (other, entry) in state.entries where key.replaces(other) {
            if entry.isUnused {
                state.entries[other] = nil
                dropped.append(entry.client)
            } else {
                entry.use.withLock { $0.isOutdated = true }
            }
        }
        return dropped
    }

    /// Takes out clients beyond the limit that nobody uses at the moment, the longest unused ones first.
    private func dropUnused(from state: inout State) -> [HTTPClient] {
        var dropped: [HTTPClient] = []
        while state.entries.count > maximumClients {
            let oldest = state.entries.values.filter(\.isUnused)
                .min { left, right in left.use.withLock(\.lastUse) < right.use.withLock(\.lastUse) }
            guard let oldest else { break }
            state.entries[oldest.key] = nil
            dropped.append(oldest.client)
        }
        return dropped
    }

    private static func shutDown(_ clients: [HTTPClient]) {
        for client in clients {
            let _: EventLoopFuture<Void> = client.shutdown()
        }
    }

    private func makeEntry(for key: ClientKey) throws(HTTPTransportError) -> Entry {
        let material = try TLSMaterial(key.tls, trust: trust)
        let carrier = try Carrier(origin: key.carrierOrigin)
        let connectionGuard = ConnectionGuard(
            peers: key.socketPath == nil ? .allowed(by: key.addresses) : .socket,
            certificateName: key.certificateName,
            pins: material.pins,
            exchanges: exchanges
        )
        let configuration = HTTPClient.Configuration.guarded(
            by: connectionGuard,
            tls: material.configuration,
            connect: key.connect,
            idleConnection: idleConnection,
            maximumResponseBytes: key.maximumResponseBytes,
            dialling: key.carrierHost.map { ($0, key.address) }
        )
        // One event loop for all connections of a client: with several, the library hops between them on every request.
        return Entry(key, HTTPClient(eventLoopGroup: eventLoopGroup.next(), configuration: configuration), carrier)
    }
}
