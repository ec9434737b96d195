package import JaneeSecrets

/// The list of provider types: a new one is a folder here and one line in it.
package enum BuiltinProviders {
    package static let all: [any ProviderDefinition] = [
        FilesystemProviderDefinition(),
        HashiCorpVaultDefinition(),
        OpenBaoDefinition(),
        AWSSecretsManagerDefinition(),
        AzureKeyVaultDefinition(),
        EnvironmentProviderDefinition(),
        ExecProviderDefinition(),
    ]
}
