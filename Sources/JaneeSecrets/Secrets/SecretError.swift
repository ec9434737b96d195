/// The failure of a secret operation, with the nine codes of RFC 0005, "Error Taxonomy".
///
/// ``message`` is for operators (logs, command line, `--json`) and names provider and path. ``agentDescription`` is what
/// an agent may learn: the code and a next step. Printing the error by accident gives the latter.
public struct SecretError: Error, Sendable {
    /// The kinds of failure, spelled as in RFC 0005.
    public enum Code: String, Sendable, CaseIterable {
        /// A reference names a provider that is not configured.
        case providerNotFound = "PROVIDER_NOT_FOUND"
        /// A provider's configuration is wrong.
        case providerConfigInvalid = "PROVIDER_CONFIG_INVALID"
        /// A secret reference is malformed.
        case invalidSecretURI = "INVALID_SECRET_URI"
        /// The secret does not exist.
        case secretNotFound = "SECRET_NOT_FOUND"
        /// The provider refused our credentials, or they expired.
        case providerAuthFailed = "PROVIDER_AUTH_FAILED"
        /// The provider could not be reached or did not answer in time.
        case providerUnavailable = "PROVIDER_UNAVAILABLE"
        /// Our credentials are good but may not read this secret.
        case providerPermissionDenied = "PROVIDER_PERMISSION_DENIED"
        /// The provider asked us to slow down.
        case providerRateLimited = "PROVIDER_RATE_LIMITED"
        /// Any other failure of the provider.
        case providerInternalError = "PROVIDER_INTERNAL_ERROR"

        /// Whether trying again later can help without a change by the operator (RFC 0005, "Categorization").
        public var isTransient: Bool {
            self == .providerUnavailable || self == .providerRateLimited
        }
    }

    private final class Storage: Sendable {
        let code: Code
        let detail: String
        let provider: String?
        let path: String?
        let retryAfter: Duration?
        let cause: (any Error)?

        init(
            code: Code,
            detail: String,
            provider: String?,
            path: String?,
            retryAfter: Duration?,
            cause: (any Error)?
        ) {
            self.code = code
            self.detail = detail
            self.provider = provider
            self.path = path
            self.retryAfter = retryAfter
            self.cause = cause
        }
    }

    private let storage: Storage

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - detail: Our own words for operators: what is wrong and what to do. Never a value, never a back end's text,
    ///     never the path (it is added from `path`, which a caller further up may have to withhold).
    ///   - provider: The provider's name as its configuration spells it.
    ///   - path: The canonical path, percent-encoded for display (``SecretReference/displayPath``). Whatever else is in
    ///     it is percent-encoded here.
    ///   - retryAfter: How long the provider asked us to wait.
    ///   - cause: What led to this failure; it is never shown to agents.
    public init(
        _ code: Code,
        _ detail: String,
        provider: String? = nil,
        path: String? = nil,
        retryAfter: Duration? = nil,
        cause: (any Error)? = nil
    ) {
        storage = Storage(
            code: code,
            detail: detail,
            provider: provider,
            path: path.map(Self.sanitised),
            retryAfter: retryAfter,
            cause: cause
        )
    }

    /// Encodes what a display path never holds, so that nothing in an error disturbs a terminal or a log.
    private static func sanitised(_ path: String) -> String {
        var output: [UInt8] = []
        for byte in path.utf8 {
            if PercentEncoding.isUnreserved(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%") {
                output.append(byte)
            } else {
                PercentEncoding.appendEscape(of: byte, to: &output)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The kind of failure.
    public var code: Code { storage.code }
    /// Our own words about it, without provider and path.
    public var detail: String { storage.detail }
    /// The provider's name as configured, where one is concerned.
    public var provider: String? { storage.provider }
    /// The canonical path for display, where one is concerned and may be shown.
    public var path: String? { storage.path }
    /// How long the provider asked us to wait.
    public var retryAfter: Duration? { storage.retryAfter }
    /// What led to this failure.
    public var cause: (any Error)? { storage.cause }
    /// Whether trying again later can help.
    public var isTransient: Bool { code.isTransient }

    /// The text for operators.
    ///
    /// Detail, provider and path. It never holds a value.
    public var message: String {
        var context: [String] = []
        if let provider { context.append("provider \(provider)") }
        if let path { context.append("path \(path)") }
        return context.isEmpty ? detail : "\(detail) (\(context.joined(separator: ", ")))"
    }

    /// The text for agents: the code and what can be done, nothing about providers or paths.
    public var agentDescription: String {
        "\(code.rawValue): \(code.agentAdvice)"
    }

    /// The same error, with the name of the provider, and the path for display, filled in where they are missing.
    public func named(provider: String, path: String? = nil) -> SecretError {
        guard self.provider == nil || (path != nil && self.path == nil) else { return self }
        return replacing(provider: self.provider ?? provider, path: self.path ?? path)
    }

    /// The same error without its path, for references that must not be shown.
    public func withholdingPath() -> SecretError {
        path == nil ? self : replacing(provider: provider, path: nil)
    }

    /// The failure of a read whose caller went away: counts neither as a failure nor as a success.
    public static let cancelled = SecretError(
        .providerUnavailable,
        "the read was cancelled",
        cause: CancellationError()
    )

    /// Whether the read ended because its caller went away.
    public var isCancellation: Bool { cause is CancellationError }

    private func replacing(provider: String?, path: String?) -> SecretError {
        SecretError(code, detail, provider: provider, path: path, retryAfter: retryAfter, cause: cause)
    }
}

extension SecretError.Code {
    fileprivate var agentAdvice: String {
        switch self {
        case .providerNotFound, .providerConfigInvalid, .invalidSecretURI:
            "the credential of this service is not configured correctly; ask the operator to run 'janee config validate'."
        case .secretNotFound:
            "the credential of this service is not stored; ask the operator to store it."
        case .providerAuthFailed:
            "the secrets provider refused the broker; ask the operator to check its login."
        case .providerUnavailable:
            "the secrets provider cannot be reached; try again later."
        case .providerPermissionDenied:
            "the broker may not read the credential of this service; ask the operator to grant access."
        case .providerRateLimited:
            "the secrets provider asks to slow down; try again later."
        case .providerInternalError:
            "the secrets provider failed; ask the operator to look at the log."
        }
    }
}

extension SecretError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text for agents; ask for ``message`` where an operator reads.
    public var description: String { agentDescription }
    /// The text for agents; ask for ``message`` where an operator reads.
    public var debugDescription: String { agentDescription }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
