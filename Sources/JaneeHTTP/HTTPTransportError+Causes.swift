import JaneeSecrets

/// The failures that this module finds itself.
extension HTTPTransportError {
    static func invalidRequest(_ message: String) -> HTTPTransportError {
        HTTPTransportError(.invalidRequest, message, requestMayHaveBeenSent: false)
    }

    static func cancelled(requestMayHaveBeenSent: Bool) -> HTTPTransportError {
        HTTPTransportError(
            .cancelled,
            "the request was cancelled",
            requestMayHaveBeenSent: requestMayHaveBeenSent
        )
    }

    static let transportIsShutDown = HTTPTransportError(
        .cancelled,
        "the HTTP client is shut down",
        requestMayHaveBeenSent: false
    )

    static let nameNotResolved = HTTPTransportError(
        .nameNotResolved,
        "the host name does not resolve; check the host of the configured address and the resolver",
        requestMayHaveBeenSent: false
    )

    static let resolverIsSilent = HTTPTransportError(
        .nameNotResolved,
        "the resolver gives no answer for the host name at the moment; check the network and the name servers",
        requestMayHaveBeenSent: false
    )

    static let resolutionTimedOut = HTTPTransportError(
        .timedOut,
        "the host name is not resolved within the connect timeout; check the network and the name servers",
        requestMayHaveBeenSent: false
    )

    static func refused(_ refusal: AddressRefusal) -> HTTPTransportError {
        HTTPTransportError(.addressRefused, refusal.message, requestMayHaveBeenSent: false)
    }

    static let strangePeer = HTTPTransportError(
        .addressRefused,
        "the peer of the connection has another address than the one that was dialled",
        requestMayHaveBeenSent: false
    )

    static let connectionClosedBeforeRequest = HTTPTransportError(
        .connectionFailed,
        "the peer closes connections before a request can be sent; check that it is the service that was meant",
        requestMayHaveBeenSent: false
    )

    /// A setting of TLS that cannot be used; `setting` is the field's path in a provider.
    static func tlsSetting(_ setting: String, _ problem: String) -> HTTPTransportError {
        HTTPTransportError(.tlsFailed, "\(setting) \(problem)", requestMayHaveBeenSent: false)
    }

    static let tlsWithoutTLS = HTTPTransportError(
        .tlsFailed,
        "tls is set, but the address is plain http; use https or remove tls",
        requestMayHaveBeenSent: false
    )

    static let pinMismatch = HTTPTransportError(
        .tlsFailed,
        "the key of the server's certificate is none of tls.pins; if the server has a new key, add its pin",
        requestMayHaveBeenSent: false
    )

    static let incompleteAnswer = HTTPTransportError(
        .protocolError,
        "the exchange ended without an answer",
        requestMayHaveBeenSent: true
    )

    static let silentPeer = HTTPTransportError(
        .timedOut,
        "no byte of the answer arrived within the idle timeout",
        requestMayHaveBeenSent: true
    )

    static let truncatedAnswer = HTTPTransportError(
        .truncated,
        "the connection ended before the answer was complete",
        requestMayHaveBeenSent: true
    )

    static let answerTooLarge = HTTPTransportError(
        .tooLarge,
        "the body of the answer is larger than the limit for answers",
        requestMayHaveBeenSent: true
    )

    static let answersTooLarge = HTTPTransportError(
        .tooLarge,
        "the answers under way are larger together than what may be kept at a time",
        requestMayHaveBeenSent: true
    )

    static let answerHeadTooLarge = HTTPTransportError(
        .tooLarge,
        "the headers of the answer are larger or more than any service needs",
        requestMayHaveBeenSent: true
    )

    static let unsupportedCoding = HTTPTransportError(
        .undecodable,
        "the answer has a content encoding other than gzip or deflate, or several",
        requestMayHaveBeenSent: true
    )

    static let brokenCompression = HTTPTransportError(
        .undecodable,
        "the compressed body of the answer is broken or incomplete",
        requestMayHaveBeenSent: true
    )

    static let unexpectedUpgrade = HTTPTransportError(
        .protocolError,
        "the peer switched to another protocol without being asked",
        requestMayHaveBeenSent: true
    )

    static let notHTTP = HTTPTransportError(
        .protocolError,
        "the answer is not HTTP/1.1",
        requestMayHaveBeenSent: true
    )
}
