package import JaneeSecrets

/// `type: azure-key-vault`: the configuration of RFC 0005, "Configuration Schema".
package struct AzureKeyVaultDefinition: ProviderDefinition, PlannedProvider {
    package init() {}

    package var type: String { "azure-key-vault" }

    package var configuration: ConfigObject {
        ConfigObject(
            [
                .required("vaultUrl", .string(.providerAddress), "The vault, https://<name>.vault.azure.net."),
                .required("auth", .union(auth), "Which identity to use."),
                .optional("pathSeparator", .string(.oneOf(["--"])), "What joins the segments of longer paths."),
            ] + RemoteProviderFields.all
        )
    }

    private var auth: ConfigUnion {
        ConfigUnion(
            discriminator: "method",
            variants: [
                (
                    "managed-identity",
                    ConfigObject([.optional("clientId", .string(.credential), "A user-assigned identity.")])
                ),
                (
                    "service-principal",
                    ConfigObject([
                        .required("tenantId", .string(.credential), "The directory."),
                        .required("clientId", .string(.credential), "The application."),
                        .required("clientSecret", .string(.credential), "Its secret."),
                    ])
                ),
            ]
        )
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
