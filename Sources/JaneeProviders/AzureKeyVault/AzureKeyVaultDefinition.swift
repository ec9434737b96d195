package import JaneeSecrets

/// `type: azure-key-vault`: the configuration of RFC 0005, "Configuration Schema".
package struct AzureKeyVaultDefinition: ProviderDefinition {
    package init() {}

    package var type: String { "azure-key-vault" }

    package var configuration: ConfigObject {
        ConfigObject(
            [
                .required("vaultUrl", .string(.azureVaultURL), "The vault, https://<name>.vault.azure.net."),
                .required("auth", .union(AzureAuth.schema), "Which identity to use."),
                .optional("pathSeparator", .string(.oneOf(["--"])), "What joins the segments of longer paths."),
            ] + RemoteProviderFields.all
        )
    }

    package func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError) {
        _ = try AzureSecretName(reference, separator: configuration.string("pathSeparator"))
    }

    package func limits(configuration: ConfigSection) -> ProviderLimits {
        ProviderLimits(ofSeveralRequests: configuration)
    }

    package func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        AzureKeyVaultProvider(name: name, settings: try AzureSettings(name, configuration, context), context: context)
    }

    package func nativeCommand(_ action: NativeAction, path: String, configuration: ConfigSection) -> String? {
        let url = configuration.string("vaultUrl").flatMap { try? EndpointURL(parsing: $0) }
        let vault = "--vault-name \(ShellWord.quoted(String(url?.host.prefix { $0 != "." } ?? "")))"
        let name = "--name \(ShellWord.quoted(path))"
        return switch action {
        case .set: "az keyvault secret set \(vault) \(name) --file /dev/stdin --encoding utf-8"
        case .delete: "az keyvault secret delete \(vault) \(name)"
        case .list: "az keyvault secret list \(vault)"
        }
    }
}
