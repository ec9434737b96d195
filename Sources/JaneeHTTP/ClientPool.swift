import AsyncHTTPClient
import JaneeSecrets
import NIOCore
import NIOPosix
import Synchronization

/// The HTTP clients by what must not be shared between connections, created when needed, the least recently used ones
/// dropped.
final class ClientPool: Sendable {
    private struct Entry {
        let client: HTTPClient
        var users = 0
        var lastUse: UInt64 = 0
        /// Whether its files have changed, so that nobody will ask for it again.
        var isOutdated = false
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
    func lease(_ key: ClientKey) throws(HTTPTransportError) -> HTTPClient {
        if let client = try take(key, orAdd: nil) { return client }
        // Files are read without the lock. Others may do the same meanwhile, then one of the clients stays.
        let new = try makeClient(for: key)
        do {
            let client = try take(key, orAdd: new) ?? new
            if client !== new { Self.shutDown([new]) }
            return client
        } catch {
            Self.shutDown([new])
            throw error
        }
    }

    /// Ends a lease.
    func release(_ key: ClientKey) {
        Self.shutDown(
            state.withLock { state in
                state.entries[key]?.users -= 1
                if let entry = state.entries[key], entry.isOutdated, entry.users == 0 {
                    state.entries[key] = nil
                    return [entry.client]
                }
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
    private func take(_ key: ClientKey, orAdd new: HTTPClient?) throws(HTTPTransportError) -> HTTPClient? {
        let result: (client: HTTPClient?, dropped: [HTTPClient])? = state.withLock { state in
            guard !state.isShutDown else { return nil }
            let isThere = state.entries[key] != nil
            guard var entry = state.entries[key] ?? new.map({ Entry(client: $0) }) else { return (nil, []) }
            state.clock += 1
            entry.users += 1
            entry.lastUse = state.clock
            state.entries[key] = entry
            return (entry.client, isThere ? [] : dropOutdated(by: key, from: &state) + dropUnused(from: &state))
        }
        guard let result else { throw .transportIsShutDown }
        Self.shutDown(result.dropped)
        return result.client
    }

    /// Takes out clients whose files have changed since, at once or when the last request on them has ended.
    private func dropOutdated(by key: ClientKey, from state: inout State) -> [HTTPClient] {
        guard !key.files.isEmpty else { return [] }
        var dropped: [HTTPClient] = []
        for (other, entry) in state.entries where key.replaces(other) {
            if entry.users == 0 {
                state.entries[other] = nil
                dropped.append(entry.client)
            } else {
                state.entries[other]?.isOutdated = true
            }
        }
        return dropped
    }

    /// Takes out clients beyond the limit that nobody uses at the moment, the longest unused ones first.
    private func dropUnused(from state: inout State) -> [HTTPClient] {
        var dropped: [HTTPClient] = []
        while state.entries.count > maximumClients {
            let oldest = state.entries.filter { $0.value.users == 0 }.min { $0.value.lastUse < $1.value.lastUse }
            guard let oldest else { break }
            state.entries[oldest.key] = nil
            dropped.append(oldest.value.client)
        }
        return dropped
    }

    private static func shutDown(_ clients: [HTTPClient]) {
        for client in clients {
            let _: EventLoopFuture<Void> = client.shutdown()
        }
    }

    private func makeClient(for key: ClientKey) throws(HTTPTransportError) -> HTTPClient {
        let material = try TLSMaterial(key.tls, trust: trust)
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
        return HTTPClient(eventLoopGroup: eventLoopGroup, configuration: configuration)
    }
}
