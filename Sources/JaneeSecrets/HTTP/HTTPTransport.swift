public import HTTPTypes

/// The guarded way to the network: the only one that providers and upstream calls have.
///
/// An implementation checks every peer address before the first byte of a request, verifies TLS, follows no redirects,
/// ignores proxy variables, and bounds time and size by the request's ``HTTPTransportLimits``.
public protocol HTTPTransport: Sendable {
    /// Sends one request and collects its answer.
    ///
    /// Cancelling the task closes the connection.
    func send(_ request: OutboundRequest) async throws(HTTPTransportError) -> InboundResponse
}

/// One request to one endpoint.
public struct OutboundRequest: Sendable {
    /// A header value: plain text, or a secret that must stay out of every log and error.
    public enum HeaderValue: Sendable {
        /// Ordinary text.
        case plain(String)
        /// A credential with the text before it, such as `Bearer `.
        case secret(prefix: String, SecretValue)
    }

    /// The method.
    public var method: HTTPRequest.Method
    /// Scheme, host, port and base path, as configured by the operator.
    public var endpoint: EndpointURL
    /// The request target in origin form (`/v1/x?y=z`), sent byte for byte; it includes the base path.
    public var target: String
    /// The headers except `Host` and the framing ones, which the transport owns.
    public var headers: [(name: HTTPField.Name, value: HeaderValue)]
    /// The body; nil for none (then no `Content-Length` unless the method calls for one).
    public var body: [UInt8]?
    /// Which peers the request may reach.
    public var addresses: AddressPolicy
    /// Which certificates are trusted and shown; requests to an http endpoint that say anything here are refused.
    public var tls: TLSSettings
    /// Time and size.
    public var limits: HTTPTransportLimits
    /// Requests with different pool names never share a connection.
    public var pool: String

    /// Makes a request.
    public init(
        method: HTTPRequest.Method,
        endpoint: EndpointURL,
        target: String,
        headers: [(name: HTTPField.Name, value: HeaderValue)] = [],
        body: [UInt8]? = nil,
        addresses: AddressPolicy,
        tls: TLSSettings = TLSSettings(),
        limits: HTTPTransportLimits = HTTPTransportLimits(),
        pool: String
    ) {
        self.method = method
        self.endpoint = endpoint
        self.target = target
        self.headers = headers
        self.body = body
        self.addresses = addresses
        self.tls = tls
        self.limits = limits
        self.pool = pool
    }
}

/// Bounds of one exchange.
public struct HTTPTransportLimits: Sendable, Hashable {
    /// Longest wait for a connection to one address of the host, TLS included; of several silent ones, all but the last
    /// get a share of it.
    public var connect: Duration
    /// Longest silence while waiting for bytes of the answer.
    public var idle: Duration
    /// Longest time of the whole exchange.
    public var total: Duration
    /// Largest answer body after decoding, in bytes.
    public var maximumResponseBytes: Int

    /// Makes bounds; the defaults suit an ordinary API call.
    public init(
        connect: Duration = .seconds(10),
        idle: Duration = .seconds(60),
        total: Duration = .seconds(120),
        maximumResponseBytes: Int = 10 * 1024 * 1024
    ) {
        self.connect = connect
        self.idle = idle
        self.total = total
        self.maximumResponseBytes = maximumResponseBytes
    }
}

/// A complete answer.
public struct InboundResponse: Sendable {
    /// The status code.
    public var status: Int
    /// The headers as received.
    public var headers: HTTPFields
    /// The body, with `Content-Encoding` undone.
    public var body: [UInt8]
    /// Stands for the memory of the body, which the transport counts; keep it as long as the body or a copy of it.
    public var memory: (any Sendable)?

    /// Makes an answer.
    public init(status: Int, headers: HTTPFields, body: [UInt8], memory: (any Sendable)? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        self.memory = memory
    }
}
