public import JaneeSecrets

/// `type: dotenv`: the variables of a `.env` file.
public struct DotenvProviderDefinition: ProviderDefinition {
    /// Makes a definition.
    public init() {}

    /// The value of `type:` that selects it.
    public var type: String { "dotenv" }

    /// What `providers.<name>` may hold besides.
    public var configuration: ConfigObject {
        ConfigObject([.required("path", .string(.localPath), "The file, absolute or under '~'.")])
    }

    /// Refuses what no variable can be named.
    public func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError) {
        try DotenvProvider.check(reference)
    }

    /// A file of this machine: what fails there fails again at once.
    public func limits(configuration: ConfigSection) -> ProviderLimits { .local }

    /// Makes a provider over the configured file.
    public func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        guard let path = configuration.string("path") else {
            throw SecretError(.providerConfigInvalid, "misses the required field 'path'", provider: name.spelling)
        }
        return DotenvProvider(name: name, path: LocalPath.expanded(path, home: context.homeDirectory))
    }
}
