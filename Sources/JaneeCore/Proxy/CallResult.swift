import JaneeAuth
import JaneeSecrets

/// How a call ended, as the agent may know it.
package enum CallResult: Sendable {
    /// The upstream answered, with whatever status.
    case answered(UpstreamAnswer)
    /// The call was refused; nothing was sent.
    case denied(Denial)
    /// The call was allowed but did not succeed.
    case failed(CallFailure)
}

/// The upstream's answer, scrubbed and reduced to what agents may see.
package struct UpstreamAnswer: Sendable {
    package let status: Int
    /// The allow-listed headers with lower-case names, in order.
    package let headers: [(name: String, value: String)]
    package let body: Body
    /// Kept as long as the body, whose memory it stands for.
    let memory: (any Sendable)?

    package enum Body: Sendable {
        case text(String)
        /// Bytes that are not UTF-8.
        case binary([UInt8])
    }
}

/// Why an allowed call did not succeed.
package struct CallFailure: Sendable, Hashable {
    /// A code of our own: RFC 0005's, the transport's, or one of those below.
    package let code: String
    /// For agents: what is wrong and what to do.
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    package static let auditUnavailable = CallFailure(
        code: "AUDIT_UNAVAILABLE",
        message: "The call was not made, because it could not be recorded. Ask the operator to look at the log."
    )

    static func credential(_ error: AuthError) -> CallFailure {
        CallFailure(code: "CREDENTIAL_UNUSABLE", message: error.description)
    }

    static func secret(_ error: SecretError) -> CallFailure {
        CallFailure(code: error.code.rawValue, message: error.agentDescription)
    }

    static func transport(_ error: HTTPTransportError) -> CallFailure {
        let sent =
            error.requestMayHaveBeenSent ? " The request may have reached the API." : " The request was not sent."
        return CallFailure(code: error.code.rawValue, message: error.code.agentText + sent)
    }
}

extension HTTPTransportError.Code {
    /// The failure in words that tell nothing about addresses or certificates.
    fileprivate var agentText: String {
        switch self {
        case .nameNotResolved: "The API's host name does not resolve."
        case .connectionFailed: "The API cannot be reached."
        case .addressRefused: "The API's address is not one that the broker may reach; ask the operator."
        case .tlsFailed: "The TLS connection to the API failed; ask the operator."
        case .timedOut: "The API did not answer in time."
        case .truncated: "The API's answer broke off."
        case .tooLarge: "The API's answer is larger than the limit; ask for less at a time."
        case .undecodable: "The API's answer uses a content encoding that cannot be decoded."
        case .protocolError: "The API's answer is not valid HTTP."
        case .invalidRequest: "The request cannot be sent."
        case .cancelled: "The call was cancelled."
        }
    }
}
