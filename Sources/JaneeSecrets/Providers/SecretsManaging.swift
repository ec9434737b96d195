/// The contract of RFC 0005's `SecretsManager`: the one place from which a secret is read.
public protocol SecretsManaging: Sendable {
    /// Adds a provider under its name.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` if the name is taken.
    func registerProvider(_ provider: any SecretsProvider) throws(SecretError)

    /// Reads a secret.
    ///
    /// - Throws: Any code of the taxonomy; "does not exist" is `SECRET_NOT_FOUND`. Never tries another provider.
    ///
    /// `service` is the one that needs it, for the statistics, or nil for anything else.
    func getSecret(_ uri: SecretURI, for service: String?) async throws(SecretError) -> SecretValue

    /// Parses a reference as written, without asking a provider.
    ///
    /// - Throws: `INVALID_SECRET_URI`.
    func parseURI(_ text: String) throws(SecretError) -> SecretURI
}

extension SecretsManaging {
    /// Reads a secret that no service needs, such as for whoever works at a terminal.
    public func getSecret(_ uri: SecretURI) async throws(SecretError) -> SecretValue {
        try await getSecret(uri, for: nil)
    }

    /// Parses by ``SecretURI/init(parsing:)``.
    public func parseURI(_ text: String) throws(SecretError) -> SecretURI {
        try SecretURI(parsing: text)
    }
}
