import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Puts a double on loopback or on a Unix socket, over HTTP/1.1 with or without TLS.
package final class DoubleServer: Sendable {
    /// What the server proves itself with, and what it wants clients to.
    package struct TLS: Sendable {
        package var certificate: String
        package var key: String
        /// The authority that clients must have a certificate of; without it they need none.
        package var clientAuthority: String?

        package init(
            certificate: String = TestCertificates.valid,
            key: String = TestCertificates.serverKey,
            clientAuthority: String? = nil
        ) {
            self.certificate = certificate
            self.key = key
            self.clientAuthority = clientAuthority
        }

        /// Wants a certificate of the authority of the tests from clients.
        package static var mutual: TLS { TLS(clientAuthority: TestCertificates.authority) }

        fileprivate func context() throws -> NIOSSLContext {
            let certificates = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
            )
            if let clientAuthority {
                let authority = try NIOSSLCertificate.fromPEMBytes(Array(clientAuthority.utf8))
                configuration.trustRoots = .certificates(authority)
                configuration.certificateVerification = .noHostnameVerification
            }
            return try NIOSSLContext(configuration: configuration)
        }
    }

    /// 0 on a Unix socket.
    package let port: Int
    private let channel: any Channel
    private let connections: OpenConnections

    private init(channel: any Channel, connections: OpenConnections) {
        self.channel = channel
        self.connections = connections
        port = channel.localAddress?.port ?? 0
    }

    /// Serves on a free port of 127.0.0.1, or on a Unix socket at `socket`.
    package static func serve(
        _ double: any HTTPDouble,
        tls: TLS? = nil,
        socket: String? = nil
    ) async throws -> DoubleServer {
        let context = try tls.map { try $0.context() }
        let connections = OpenConnections()
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(DoubleConnection(double))
                }
            }
        let channel =
            if let socket {
                try await bootstrap.bind(unixDomainSocketPath: socket, cleanupExistingSocketFile: true).get()
            } else {
                try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            }
        return DoubleServer(channel: channel, connections: connections)
    }

    /// Serves for the time of `body`.
    package static func serve<Result>(
        _ double: any HTTPDouble,
        tls: TLS? = nil,
        socket: String? = nil,
        _ body: (DoubleServer) async throws -> Result
    ) async throws -> Result {
        let server = try await serve(double, tls: tls, socket: socket)
        do {
            let result = try await body(server)
            try await server.close()
            return result
        } catch {
            try? await server.close()
            throw error
        }
    }

    /// How many clients are connected.
    package var connectionCount: Int { connections.count }

    /// Takes no more connections and ends those that there are.
    package func close() async throws {
        try await channel.close()
        await connections.closeAll()
    }
}
