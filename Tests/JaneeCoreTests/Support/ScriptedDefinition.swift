import JaneeSecrets

/// A type of provider without fields, whose providers answer as the test says.
struct ScriptedDefinition: ProviderDefinition {
    let type: String
    var exists: @Sendable (SecretReference) throws(SecretError) -> Bool? = { _ in nil }
    /// Why no provider of the type can be made, if so.
    var refusal: SecretError?
    /// The provider that is made, if it is not to be a new one.
    var provider: ScriptedProvider?

    /// Like a provider on this machine, which is asked at once.
    var limits = ProviderLimits.local

    var configuration: ConfigObject { ConfigObject([]) }

    func limits(configuration: ConfigSection) -> ProviderLimits { limits }

    func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        if let refusal { throw refusal }
        return provider ?? ScriptedProvider(name, exists: exists)
    }
}
