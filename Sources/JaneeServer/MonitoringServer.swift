import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore

/// Serves ``MonitoringPages`` over HTTP on this machine.
package struct MonitoringServer: Sendable {
    /// Enough for a few scrapers; others wait.
    private static let mostConnections = 32

    private let address: ListenAddress
    private let pages: MonitoringPages
    private let logger: Logger

    package init(address: ListenAddress, pages: MonitoringPages, logger: Logger) {
        self.address = address
        self.pages = pages
        self.logger = logger
    }

    /// Serves until its task is cancelled.
    ///
    /// - Parameter onListening: Takes the address with the port that it listens on.
    /// - Throws: What keeps it from listening.
    package func run(onListening: @escaping @Sendable (String) -> Void) async throws {
        let host = address.host
        let responder = CallbackResponder<BasicRequestContext> { [pages] request, _ in
            let page = pages.page(
                method: request.method.rawValue,
                path: request.head.path ?? "",
                authority: request.head.authority
            )
            let response = Response(
                status: HTTPResponse.Status(code: page.status),
                headers: [.contentType: page.mediaType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: page.body))
            )
            return request.method == .head ? response.createHeadResponse() : response
        }
        // Its own words about requests would be of no use to anybody.
        var quiet = logger
        quiet.logLevel = .error
        let application = Application(
            responder: responder,
            server: .http1(configuration: HTTP1Channel.Configuration(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections)
            ),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(ListenAddress.authority(host, port)) }
            },
            logger: quiet
        )
        try await application.run()
    }
}
