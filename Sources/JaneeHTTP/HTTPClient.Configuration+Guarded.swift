import AsyncHTTPClient
import JaneeSecrets
import NIOCore
import NIOHTTPCompression
import NIOSSL

extension HTTPClient.Configuration {
    /// Beyond this many connections of one client, requests wait for a free one.
    private static let maximumConnections = 256

    /// HTTP/1.1 without redirects, proxies and retries, over connections that `connectionGuard` has approved.
    ///
    /// - Parameters:
    ///   - idleConnection: how long a connection is kept that nobody uses.
    ///   - dialled: the one host name that requests will have, and the address to connect to for it.
    static func guarded(
        by connectionGuard: ConnectionGuard,
        tls: TLSConfiguration? = nil,
        connect: Duration,
        idleConnection: Duration = .seconds(30),
        maximumResponseBytes: Int,
        dialling dialled: (host: String, address: IPAddress)?
    ) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(clamping: connect)),
            connectionPool: .init(
                idleTimeout: TimeAmount(clamping: idleConnection),
                concurrentHTTP1ConnectionsPerHostSoftLimit: maximumConnections
            ),
            proxy: nil,
            decompression: .enabled(limit: .size(maximumResponseBytes))
        )
        configuration.httpVersion = .http1Only
        if let dialled { configuration.dnsOverride = [dialled.host: dialled.address.description] }
        // A refused connection must fail its request instead of being tried again until the request times out.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.tracing.tracer = nil
        configuration.http1_1ConnectionDebugInitializer = { connectionGuard.approve($0) }
        return configuration
    }
}
