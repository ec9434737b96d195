import JaneeSecrets
import NIOSSL

extension HTTPTransportError {
    /// What an error of the TLS library means.
    init(tls error: any Error, sent: Bool) {
        if sent, error as? NIOSSLError == .uncleanShutdown {
            self = .truncatedAnswer
        } else {
            self.init(.tlsFailed, Self.words(forTLS: error), requestMayHaveBeenSent: sent)
        }
    }

    static let certificateForAnotherHost = HTTPTransportError(
        .tlsFailed,
        "the certificate of the server is for another host name or address",
        requestMayHaveBeenSent: false
    )

    private static func words(forTLS error: any Error) -> String {
        switch error {
        case let error as NIOSSLExtraError where error.concernsName:
            certificateForAnotherHost.message
        case NIOSSLError.unableToValidateCertificate:
            certificateForAnotherHost.message
        case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])):
            "the peer closed the connection during the TLS handshake; check that the port speaks TLS"
        case NIOSSLError.handshakeFailed(.sslError(let stack)):
            words(for: stack) ?? "the TLS handshake failed"
        case BoringSSLError.sslError(let stack):
            words(for: stack) ?? "the TLS connection failed"
        default:
            "the TLS connection failed"
        }
    }

    /// The alerts with which servers answer a certificate of ours, or that there is none.
    private static let alertsAboutOurCertificate = [
        "ALERT_BAD_CERTIFICATE", "ALERT_UNSUPPORTED_CERTIFICATE", "ALERT_CERTIFICATE_", "ALERT_UNKNOWN_CA",
        "ALERT_ACCESS_DENIED",
    ]

    /// The library has no other way to tell; its text is compared here, not passed on.
    private static func words(for stack: NIOBoringSSLErrorStack) -> String? {
        let reasons = stack.map(\.description)
        func contains(_ words: String...) -> Bool {
            reasons.contains { reason in words.contains { reason.contains($0) } }
        }
        return if contains("CERTIFICATE_VERIFY_FAILED") {
            "the certificate of the server has no trusted issuer, or is expired or not valid yet"
        } else if contains("WRONG_VERSION_NUMBER", "HTTP_REQUEST") {
            "the peer does not speak TLS on this port"
        } else if contains("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL") {
            "the server does not offer TLS 1.2 or newer"
        } else if alertsAboutOurCertificate.contains(where: { contains($0) }) {
            "the server does not accept our certificate, or that we have none; check tls.clientCertFile"
        } else if contains("ALERT_HANDSHAKE_FAILURE") {
            "the server refused the TLS handshake; if it asks for a certificate, set tls.clientCertFile"
        } else {
            nil
        }
    }
}

extension NIOSSLExtraError {
    fileprivate var concernsName: Bool {
        self == .failedToValidateHostname || self == .serverHostnameImpossibleToMatch
    }
}
