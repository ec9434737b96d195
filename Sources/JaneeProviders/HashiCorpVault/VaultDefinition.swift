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
        if reference.path.contains("..") {
            throw SecretError(.invalidSecretURI, "Vault has no paths that hold '..'")
        }
        if reference.path.hasSuffix(".") {
            throw SecretError(.invalidSecretURI, "Vault has no paths that end in a dot")
        }
        if let version = reference.version {
            guard let number = Int(version), number > 0, String(number) == version else {
                throw SecretError(.invalidSecretURI, "a version of Vault's is a whole number from 1")
            }
            if VaultSettings.version(configuration) == .v1 {
                throw SecretError(.invalidSecretURI, "secrets of KV version 1 have no versions")
            }
        }
        if configuration.string("layout") == "field", reference.field == nil, reference.segments.count < 2 {
            throw SecretError(
                .invalidSecretURI,
                "with 'layout: field' a path is a secret and one of its fields: it needs at least two segments"
            )
        }
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
        return switch action {
        case .set: "\(tool) kv put \(mount) \(ShellWord.quoted(path)) value=-"
        case .delete: "\(tool) kv delete \(mount) \(ShellWord.quoted(path))"
        case .list: "\(tool) kv list \(mount)"
        }
    }
}
