import HTTPTypes
import JaneeSecrets

/// Requests to a credential source of the platform, repeated a little: it is near, but may be starting or busy.
struct MetadataCalls: Sendable {
    private static let attempts = 3
    private static let pause = Duration.milliseconds(100)

    let transport: any MetadataTransport
    let time: TimeSource
    /// The longest time of one attempt.
    let timeout: Duration

    /// Sends a request until there is an answer other than a failure of the server.
    ///
    /// - Throws: What the transport says of the last attempt.
    func send(
        _ method: HTTPRequest.Method,
        _ target: String,
        at endpoint: MetadataEndpoint,
        _ headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)],
        body: [UInt8]? = nil
    ) async throws(SecretError) -> InboundResponse {
        try await repeated { () async throws(HTTPTransportError) in
            try await transport.send(
                MetadataRequest(method, target, at: endpoint, headers: headers, body: body, timeout: timeout)
            )
        }
    }

    /// Makes an exchange until there is an answer other than a failure of the server.
    func repeated(
        _ exchange: () async throws(HTTPTransportError) -> InboundResponse
    ) async throws(SecretError) -> InboundResponse {
        var attempt = 1
        while true {
            do throws(HTTPTransportError) {
                let response = try await exchange()
                guard response.status >= 500, attempt < Self.attempts else { return response }
            } catch {
                let error = SecretError(error)
                guard error.isTransient, !error.isCancellation, attempt < Self.attempts else { throw error }
            }
            do { try await time.sleep(for: Self.pause * attempt) } catch { throw .cancelled }
            attempt += 1
        }
    }
}
