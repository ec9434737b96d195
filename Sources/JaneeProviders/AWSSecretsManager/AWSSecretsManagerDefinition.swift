package import JaneeSecrets

/// `type: aws-secrets-manager`: the configuration of RFC 0005, "Configuration Schema".
package struct AWSSecretsManagerDefinition: ProviderDefinition, PlannedProvider {
    package init() {}

    package var type: String { "aws-secrets-manager" }

    package var configuration: ConfigObject {
        ConfigObject(
            [
                .required("region", .string(.text), "The region, such as us-east-1."),
                .required("auth", .union(auth), "Whose permissions to use."),
                .optional("assumeRole", .anything, "A role, or a chain of roles, to assume."),
                .optional("fips", .boolean, "Whether to use the FIPS endpoints."),
            ] + RemoteProviderFields.all
        )
    }

    private var auth: ConfigUnion {
        ConfigUnion(
            discriminator: "method",
            variants: [
                ("iam-role", ConfigObject([])),
                (
                    "access-key",
                    ConfigObject([
                        .required("accessKeyId", .string(.credential), "The access key's id."),
                        .required("secretAccessKey", .string(.credential), "The secret access key."),
                        .optional("sessionToken", .string(.credential), "The token of temporary credentials."),
                    ])
                ),
            ]
        )
    }

    package func nativeCommand(_ action: NativeAction, path: String, configuration: ConfigSection) -> String? {
        let region = "--region \(ShellWord.quoted(configuration.string("region") ?? ""))"
        let secret = "--secret-id \(ShellWord.quoted(path))"
        return switch action {
        case .set: "aws secretsmanager put-secret-value \(region) \(secret) --secret-string file:///dev/stdin"
        case .delete: "aws secretsmanager delete-secret \(region) \(secret)"
        case .list: "aws secretsmanager list-secrets \(region)"
        }
    }
}
