import JaneeSecrets

/// A bearer token for Key Vault; tokens with equal texts are equal.
struct AzureToken: Sendable, Equatable {
    let value: SecretValue
    /// Whose token it is, in words.
    let identity: String

    static func == (left: AzureToken, right: AzureToken) -> Bool { left.value == right.value }

    /// - Throws: `PROVIDER_INTERNAL_ERROR` if the text is nothing that a header can hold.
    init(_ text: String, of identity: String) throws(SecretError) {
        guard (1...32_768).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw SecretError(.providerInternalError, "what gives tokens for \(identity) gives something else than one")
        }
        value = SecretValue(text)
        self.identity = identity
    }
}

/// Where tokens come from.
protocol AzureTokenSource: Sendable {
    /// Asks for a token; whatever is read for it is read anew.
    ///
    /// - Parameter claims: What the token must say because the vault wants that, in JSON.
    /// - Throws: `PROVIDER_AUTH_FAILED` if it is refused; `PROVIDER_CONFIG_INVALID`, `PROVIDER_UNAVAILABLE`.
    func issue(claims: String?) async throws(SecretError) -> TokenGrant<AzureToken>
}
