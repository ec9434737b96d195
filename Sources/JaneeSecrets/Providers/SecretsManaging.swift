/// The contract of RFC 0005's `SecretsManager`: the one place from which a secret is read.
public protocol SecretsManaging: Sendable {
    /// Adds a provider under its name.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` if the name is taken.
    func registerProvider(_ provider: any SecretsProvider) throws(SecretError)

    /// Reads a secret.
    ///
    /// - Throws: Any code of the taxonomy; "does not exist" is `SECRET_NOT_FOUND`. Never tries another provider.
    func getSecret(_ uri: SecretURI) async throws(SecretError) -> SecretValue

    /// Parses a reference as written, without asking a provider.
    ///
    /// - Throws: `INVALID_SECRET_URI`.
    func parseURI(_ text: String) throws(SecretError) -> SecretURI
}

extension SecretsManaging {
    /// Parses by ``SecretURI/init(parsing:)``.
    public func parseURI(_ text: String) throws(SecretError) -> SecretURI {
        try SecretURI(parsing: text)
    }
}
