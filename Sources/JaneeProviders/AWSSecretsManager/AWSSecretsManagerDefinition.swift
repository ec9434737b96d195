package import JaneeSecrets

/// `type: aws-secrets-manager`: the configuration of RFC 0005, "Configuration Schema".
package struct AWSSecretsManagerDefinition: ProviderDefinition {
    package init() {}

    package var type: String { "aws-secrets-manager" }

    package var configuration: ConfigObject {
        ConfigObject(
            [
                .required("region", .string(.awsRegion), "The region, such as us-east-1."),
                .required("auth", .union(AWSAuth.schema), "Whose permissions to use."),
                AWSAuth.assumeRole,
                .optional("fips", .boolean, "Whether to use the FIPS endpoints."),
            ] + RemoteProviderFields.all
        )
    }

    package func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError) {
        // A region that is none has been reported already.
        guard let region = AWSRegion(configuration.string("region") ?? "") else { return }
        _ = try SecretIdentifier(reference, in: region)
    }

    package func limits(configuration: ConfigSection) -> ProviderLimits {
        ProviderLimits(ofSeveralRequests: configuration)
    }

    package func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        AWSSecretsManagerProvider(name: name, settings: try AWSSettings(name, configuration, context), context: context)
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
