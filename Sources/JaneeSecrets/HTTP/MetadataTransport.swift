public import HTTPTypes

/// The way to the credential sources of platforms, beside ``HTTPTransport``: it reaches a ``MetadataEndpoint`` and
/// nothing else.
///
/// An implementation dials the endpoint's address without asking a resolver or a proxy, follows no redirects, and waits
/// and reads no longer than ``MetadataRequest`` says.
public protocol MetadataTransport: Sendable {
    /// Sends one request and collects its answer.
    ///
    /// Cancelling the task closes the connection.
    func send(_ request: MetadataRequest) async throws(HTTPTransportError) -> InboundResponse
}

/// Where there is no platform: every request fails.
public struct NoMetadata: MetadataTransport {
    /// Makes one.
    public init() {}

    /// Fails.
    public func send(_ request: MetadataRequest) async throws(HTTPTransportError) -> InboundResponse {
        throw HTTPTransportError(
            .connectionFailed,
            "this program cannot reach the credential sources of platforms",
            requestMayHaveBeenSent: false
        )
    }
}

/// One request to the credential source of a platform.
public struct MetadataRequest: Sendable {
    /// The longest wait for a connection: a source that is there answers at once.
    public static let connectTimeout = Duration.seconds(1)
    /// The longest possible ``timeout``.
    public static let longestTimeout = Duration.seconds(10)
    /// The largest body of an answer, in bytes.
    public static let maximumResponseBytes = 64 * 1024

    /// The place.
    public var endpoint: MetadataEndpoint
    /// The method.
    public var method: HTTPRequest.Method
    /// The request target in origin form, sent byte for byte; it includes the ``MetadataEndpoint/path`` where that
    /// counts.
    public var target: String
    /// The headers except `Host` and the framing ones, which the transport owns.
    public var headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)]
    /// The body; nil for none.
    public var body: [UInt8]?
    /// The longest time of the whole exchange; no more than ``longestTimeout`` counts.
    public var timeout: Duration

    /// Makes a request.
    public init(
        _ method: HTTPRequest.Method,
        _ target: String,
        at endpoint: MetadataEndpoint,
        headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(5)
    ) {
        self.method = method
        self.target = target
        self.endpoint = endpoint
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}
