import JaneeSecrets
import NIOCore
import NIOHTTPCompression

/// Approves new connections: checks the peer and its certificate, and puts the handlers of this module in place.
///
/// It runs after the TLS handshake and before the connection enters the pool. Whatever goes wrong here, the
/// connection is not used.
struct ConnectionGuard: Sendable {
    let peers: PeerRule
    /// The DNS name that the certificate of the peer must have; nil if the host is an address, or without TLS.
    let certificateName: String?
    /// The keys that the peer may have; empty for any.
    let pins: Set<SPKIPin>
    let exchanges: ExchangeTable

    /// The hook of the connection pool, called on the channel's event loop.
    func approve(_ channel: any Channel) -> EventLoopFuture<Void> {
        do {
            try checkPeer(of: channel)
            try checkCertificate(of: channel)
            try addHandlers(to: channel)
            return channel.eventLoop.makeSucceededVoidFuture()
        } catch {
            // The pool must hear of the failure before the channel closes, or it takes the closing for a second one.
            channel.eventLoop.execute { channel.close(promise: nil) }
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func checkPeer(of channel: any Channel) throws {
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        if case .socket = peers {
            // Its name is the one by which the server knows it, which may be another than ours: connecting is by path.
            guard case .unixDomainSocket = channel.remoteAddress else { throw HTTPTransportError.strangePeer }
            return
        }
        guard let peer = channel.remoteAddress?.ipAddress.flatMap(IPAddress.init) else {
            throw HTTPTransportError(
                .addressRefused,
                "the address of the peer cannot be determined",
                requestMayHaveBeenSent: false
            )
        }
        if let refusal = peers.refusal(of: peer) { throw refusal }
    }

    /// Surrounds the decompressor, so that ``WireHandler`` counts the bytes of the wire and decides what is decoded,
    /// and ``ResponseCollector`` counts decoded bytes.
    private func addHandlers(to channel: any Channel) throws {
        // Heads and bodies are in memory and written whole, so there is nobody to hold back; and the library does not
        // expect an answer that comes while it waits with a body for a head to be taken.
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 1 << 29, high: 1 << 30))
        let pipeline = channel.pipeline.syncOperations
        let decompressor = try pipeline.handler(type: NIOHTTPResponseDecompressor.self)
        let state = ConnectionState()
        try pipeline.addHandler(WireHandler(exchanges, state, on: channel.eventLoop), position: .before(decompressor))
        try pipeline.addHandler(ResponseCollector(state, exchanges.budget), position: .after(decompressor))
    }
}
