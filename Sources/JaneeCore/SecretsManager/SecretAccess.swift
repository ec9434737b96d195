package import JaneeSecrets

/// One read of a secret, for the access log (RFC 0005, "What to log"): never a value.
package struct SecretAccess: Sendable {
    /// The provider's name as its configuration spells it.
    package let provider: String
    /// The canonical path for display; nil where it must not be shown, as a bare reference that may be a pasted key.
    package let path: String?
    /// The service that needed the secret; not part of the access log.
    package let service: String?
    /// Whether the caller got a value.
    package let success: Bool
    /// Why not.
    package let code: SecretError.Code?
    /// How long the caller waited.
    package let latency: Duration
    /// Whether the value is one that was kept while the back end is down.
    package let isStale: Bool
    /// Which of several layouts of a secret the value was found in, where a provider has several.
    package let layout: String?

    package init(
        provider: String,
        path: String?,
        service: String? = nil,
        success: Bool,
        code: SecretError.Code? = nil,
        latency: Duration,
        isStale: Bool = false,
        layout: String? = nil
    ) {
        self.provider = provider
        self.path = path
        self.service = service
        self.success = success
        self.code = code
        self.latency = latency
        self.isStale = isStale
        self.layout = layout
    }
}
