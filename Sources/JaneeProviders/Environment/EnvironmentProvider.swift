package import JaneeSecrets

/// Secrets in the environment of this process, as container platforms hand them over.
///
/// A path is the name of a variable, after the configured prefix. Nothing is folded, so no two paths are one variable.
package struct EnvironmentProvider: SecretsProvider {
    package let name: ProviderName
    package var type: String { "environment" }
    private let prefix: String
    private let context: ProviderContext

    package init(name: ProviderName, prefix: String, context: ProviderContext) {
        self.name = name
        self.prefix = prefix
        self.context = context
    }

    package func initialize() async throws(SecretError) {}

    package func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        let variable = try EnvironmentProviderDefinition.variable(of: reference, prefix: prefix)
        guard let text = context.substitution.variable(variable) else { return nil }
        // What cannot be decoded reads as this character; a key that was changed must not be sent.
        guard !text.unicodeScalars.contains("\u{FFFD}") else {
            throw SecretError(
                .providerInternalError,
                "the variable is not valid UTF-8",
                provider: name.spelling,
                path: reference.displayPath
            )
        }
        return SecretValue(text)
    }

    package func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        let variable = try EnvironmentProviderDefinition.variable(of: reference, prefix: prefix)
        return context.substitution.variable(variable) != nil
    }

    package func healthCheck() async -> ProviderHealth { .healthy }

    package func dispose() async {}
}
