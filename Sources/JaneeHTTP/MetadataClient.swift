import AsyncHTTPClient
package import JaneeSecrets
import NIOCore
package import NIOPosix

/// The client of the program for the credential sources of platforms: plain http to one address, and no other peer.
///
/// It shares with ``GuardedHTTPClient`` how a request is written and an answer read, but neither addresses nor
/// connections. A connection carries one exchange, for credentials are asked for once in a while.
package struct MetadataClient: MetadataTransport {
    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let connectTimeout: Duration
    private let longestTimeout: Duration

    /// - Parameters:
    ///   - eventLoopGroup: where connections live.
    ///   - connectTimeout: the longest wait for a connection.
    ///   - longestTimeout: the longest exchange, whatever a request says.
    package init(
        eventLoopGroup: MultiThreadedEventLoopGroup = .singleton,
        connectTimeout: Duration = MetadataRequest.connectTimeout,
        longestTimeout: Duration = MetadataRequest.longestTimeout
    ) {
        self.eventLoopGroup = eventLoopGroup
        self.connectTimeout = connectTimeout
        self.longestTimeout = longestTimeout
    }

    package func send(_ request: MetadataRequest) async throws(HTTPTransportError) -> InboundResponse {
        let timeout = min(request.timeout, longestTimeout)
        let outbound = request.outbound(connect: min(timeout, connectTimeout), total: timeout)
        try outbound.validate()
        let endpoint = request.endpoint
        let exchanges = ExchangeTable(budget: AnswerBudget(bytes: outbound.limits.maximumResponseBytes))
        let connectionGuard = ConnectionGuard(
            peers: .only(endpoint.address),
            certificateName: nil,
            pins: [],
            exchanges: exchanges
        )
        let configuration = HTTPClient.Configuration.guarded(
            by: connectionGuard,
            connect: outbound.limits.connect,
            maximumResponseBytes: outbound.limits.maximumResponseBytes,
            dialling: endpoint.url.ipAddress == nil ? (endpoint.url.host, endpoint.address) : nil
        )
        let carrier = try Carrier(origin: endpoint.url.origin)
        let client = HTTPClient(eventLoopGroup: eventLoopGroup, configuration: configuration)
        defer { let _: EventLoopFuture<Void> = client.shutdown() }
        do {
            return try await Exchange(outbound)
                .run(
                    on: client,
                    of: exchanges,
                    carrier: carrier,
                    until: .now() + TimeAmount(clamping: outbound.limits.total)
                )
        } catch {
            throw error.transportError
        }
    }
}

extension MetadataRequest {
    /// The same for the handlers of a connection, which know one kind of request only.
    fileprivate func outbound(connect: Duration, total: Duration) -> OutboundRequest {
        OutboundRequest(
            method: method,
            endpoint: endpoint.url,
            target: target,
            headers: headers,
            body: body,
            // Allows nothing where it may count by mistake.
            addresses: AddressPolicy(allowedPrivate: [], loopback: false),
            limits: HTTPTransportLimits(
                connect: connect,
                idle: total,
                total: total,
                maximumResponseBytes: Self.maximumResponseBytes
            ),
            pool: "metadata"
        )
    }
}
