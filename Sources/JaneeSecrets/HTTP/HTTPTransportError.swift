/// Why an exchange failed, in our own words: no text of a peer and no part of the request is ever in it.
public struct HTTPTransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, CaseIterable {
        /// The name does not resolve.
        case nameNotResolved = "NAME_NOT_RESOLVED"
        /// The peer refused the connection or is unreachable.
        case connectionFailed = "CONNECTION_FAILED"
        /// The address is not one that may be reached.
        case addressRefused = "ADDRESS_REFUSED"
        /// The TLS handshake or the certificate failed.
        case tlsFailed = "TLS_FAILED"
        /// No connection, no byte, or no end within the limits.
        case timedOut = "TIMED_OUT"
        /// The connection ended before the answer was complete.
        case truncated = "TRUNCATED_RESPONSE"
        /// The answer is larger than the limit.
        case tooLarge = "RESPONSE_TOO_LARGE"
        /// The answer's `Content-Encoding` is unknown or broken.
        case undecodable = "UNDECODABLE_RESPONSE"
        /// The answer is not HTTP.
        case protocolError = "PROTOCOL_ERROR"
        /// The request cannot be sent (for example a header value with a line break).
        case invalidRequest = "INVALID_REQUEST"
        /// The task was cancelled.
        case cancelled = "CANCELLED"
    }

    /// The kind of failure.
    public let code: Code
    /// What is wrong and what to do, for operators.
    public let message: String
    /// Whether a byte of the request may have reached the peer.
    public let requestMayHaveBeenSent: Bool

    /// Makes an error.
    public init(_ code: Code, _ message: String, requestMayHaveBeenSent: Bool) {
        self.code = code
        self.message = message
        self.requestMayHaveBeenSent = requestMayHaveBeenSent
    }

    /// Code and message.
    public var description: String { "\(code.rawValue): \(message)" }
}
