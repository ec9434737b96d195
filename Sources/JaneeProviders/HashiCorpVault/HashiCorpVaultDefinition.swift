package import JaneeSecrets

/// `type: hashicorp-vault`: the configuration of RFC 0005, "Configuration Schema".
package struct HashiCorpVaultDefinition: ProviderDefinition, PlannedProvider {
    package init() {}

    package var type: String { "hashicorp-vault" }

    package var configuration: ConfigObject {
        ConfigObject(
            [
                .required("address", .string(.providerAddress), "The server, such as https://vault.example.com."),
                .optional("namespace", .string(.text), "The namespace of Vault Enterprise."),
                .required("auth", .union(auth), "How to log in."),
                .optional("mountPath", .string(.text), "The mount of the KV engine; secret if absent."),
                .optional("layout", .string(.oneOf(["auto", "field", "secret"])), "What a path names."),
                .optional("kvVersion", .stringOrInteger(.oneOf(["auto", "1", "2"])), "The KV engine's version."),
            ] + RemoteProviderFields.all
        )
    }

    private var auth: ConfigUnion {
        let common: [ConfigField] = [
            .optional("mount", .string(.text), "The mount of the auth method."),
            .optional("namespace", .string(.text), "The namespace of the auth method."),
        ]
        return ConfigUnion(
            discriminator: "method",
            variants: [
                ("token", ConfigObject([.required("token", .string(.credential), "The token.")] + common)),
                (
                    "approle",
                    ConfigObject(
                        [
                            .required("roleId", .string(.credential), "The role id."),
                            .required("secretId", .string(.credential), "The secret id."),
                        ] + common
                    )
                ),
                (
                    "kubernetes",
                    ConfigObject(
                        [
                            .required("role", .string(.text), "The role."),
                            .optional("serviceAccountPath", .string(.localPath), "The service account's token file."),
                        ] + common
                    )
                ),
                (
                    "aws",
                    ConfigObject(
                        [
                            .required("role", .string(.text), "The role."),
                            .optional("region", .string(.text), "The region of STS."),
                        ] + common
                    )
                ),
            ]
        )
    }

    package func nativeCommand(_ action: NativeAction, path: String, configuration: ConfigSection) -> String? {
        let mount = "-mount=\(ShellWord.quoted(configuration.string("mountPath") ?? "secret"))"
        return switch action {
        case .set: "vault kv put \(mount) \(ShellWord.quoted(path)) value=-"
        case .delete: "vault kv delete \(mount) \(ShellWord.quoted(path))"
        case .list: "vault kv list \(mount)"
        }
    }
}
