package import JaneeSecrets

/// What the definitions of all servers with Vault's API share.
package protocol VaultDefinition: ProviderDefinition {
    /// The name of the server's own command.
    var tool: String { get }
}

extension VaultDefinition {
    package var configuration: ConfigObject {
        ConfigObject(
            [
                .required("address", .string(.vaultAddress), "The server, such as https://vault.example.com."),
                .optional("namespace", .string(.vaultPath), "The namespace of the secrets."),
                .required("auth", .union(VaultAuth.schema), "How to log in."),
                .optional("mountPath", .string(.vaultPath), "The mount of the KV engine; secret if absent."),
                .optional("layout", .string(.oneOf(["auto", "field", "secret"])), "What a path names."),
                .optional("kvVersion", .stringOrInteger(.oneOf(["auto", "1", "2"])), "The KV engine's version."),
            ] + RemoteProviderFields.all
        )
    }

    package func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError) {
        try VaultReference.check(
            reference,
            layout: configuration.string("layout").flatMap(KVLayout.init),
            version: VaultSettings.version(configuration)
        )
    }

    package func limits(configuration: ConfigSection) -> ProviderLimits {
        ProviderLimits(ofSeveralRequests: configuration)
    }

    package func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        HashiCorpVaultProvider(
            type: type,
            name: name,
            settings: try VaultSettings(name, configuration, context),
            context: context
        )
    }

    package func nativeCommand(_ action: NativeAction, path: String, configuration: ConfigSection) -> String? {
        let mount = "-mount=\(ShellWord.quoted(configuration.string("mountPath") ?? VaultSettings.defaultMount))"
        let options = (configuration.string("namespace").map { "-namespace=\(ShellWord.quoted($0)) " } ?? "") + mount
        return switch action {
        case .set: "\(tool) kv put \(options) \(ShellWord.quoted(path)) value=-"
        case .delete: "\(tool) kv delete \(options) \(ShellWord.quoted(path))"
        case .list: "\(tool) kv list \(options)"
        }
    }
}
