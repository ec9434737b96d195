package import JaneeSecrets

/// A provider whose configuration is known but which this version cannot use.
package protocol PlannedProvider: ProviderDefinition {}

extension PlannedProvider {
    package func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        throw SecretError(
            .providerConfigInvalid,
            "providers of type '\(type)' are not usable in this version of Janee; their configuration is checked only",
            provider: name.spelling
        )
    }
}
