/// A back end that holds secrets: RFC 0005's provider interface.
///
/// To implement one, hold only your back end's own protocol. Retries, the circuit breaker, caching, single flight,
/// timeouts and the access log are done around it for every provider alike.
///
/// - ``getSecret(_:)`` answers nil for "does not exist" and throws for everything else; it never guesses. It may be
///   called concurrently and must stop soon after its task is cancelled.
/// - Errors carry your own words, never a back end's text, never a value; leave the path to the `path` argument.
/// - Every request goes through ``ProviderContext/transport``, which guards addresses and TLS.
public protocol SecretsProvider: Sendable {
    /// The name under `providers:` in the configuration.
    var name: ProviderName { get }
    /// The `type:` of the provider, such as `filesystem`.
    var type: String { get }

    /// Validates, connects and authenticates.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` or `PROVIDER_AUTH_FAILED`; `PROVIDER_UNAVAILABLE` lets the program start degraded.
    func initialize() async throws(SecretError)

    /// Reads the latest (or the referenced) version of one secret; nil if it does not exist.
    func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue?

    /// Reads several secrets with fewer requests than one for each, to fill a cache; nil if the back end cannot.
    ///
    /// What is not in the answer was not read, and says nothing about the secret. One that does not exist is a failure
    /// with `SECRET_NOT_FOUND`.
    func getSecrets(_ references: [SecretReference]) async -> [SecretReference: Result<SecretValue, SecretError>]?

    /// Tells whether the back end can serve reads. Never throws and never reads a value.
    func healthCheck() async -> ProviderHealth

    /// Tells whether a secret exists, without reading its value; nil if the back end cannot tell.
    func probe(_ reference: SecretReference) async throws(SecretError) -> Bool?

    /// Which of several layouts of the back end the value of a reference was found in, for the access record; nil where
    /// there is only one.
    func layout(of reference: SecretReference) -> String?

    /// Ends renewals and connections; revokes tokens the provider made itself. May be called more than once.
    func dispose() async
}

extension SecretsProvider {
    /// Cannot.
    public func getSecrets(
        _ references: [SecretReference]
    ) async -> [SecretReference: Result<SecretValue, SecretError>]? { nil }

    /// Cannot tell.
    public func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? { nil }

    /// There is only one.
    public func layout(of reference: SecretReference) -> String? { nil }
}

/// The answer of a provider's health check.
public struct ProviderHealth: Sendable, Equatable {
    /// Whether reads can be served.
    public let healthy: Bool
    /// Why not, in our own words.
    public let error: String?
    /// What an operator should know although reads can be served, such as a clock that is wrong.
    public let notice: String?

    /// Makes an answer.
    public init(healthy: Bool, error: String? = nil, notice: String? = nil) {
        self.healthy = healthy
        self.error = error
        self.notice = notice
    }

    /// Everything is well.
    public static let healthy = ProviderHealth(healthy: true)
}

/// A provider whose secrets Janee may also write: in version 1 only those on the local file system.
public protocol WritableSecretsProvider: SecretsProvider {
    /// Stores a value, replacing an earlier one; atomic.
    func setSecret(_ reference: SecretReference, value: SecretValue) async throws(SecretError)

    /// Stores a value where none is; false, and nothing is changed, if there is one. Of several at once one succeeds.
    func createSecret(_ reference: SecretReference, value: SecretValue) async throws(SecretError) -> Bool

    /// Removes a secret; false if there was none.
    func deleteSecret(_ reference: SecretReference) async throws(SecretError) -> Bool

    /// The references of all stored secrets, sorted by path; never their values.
    func listSecrets() async throws(SecretError) -> [SecretReference]
}
