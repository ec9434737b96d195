package import JaneeSecrets

/// `type: environment`: variables of this process.
package struct EnvironmentProviderDefinition: ProviderDefinition {
    package init() {}

    package var type: String { "environment" }

    package var configuration: ConfigObject {
        ConfigObject([
            .optional("prefix", .string(.environmentVariable), "What the names of all variables start with.")
        ])
    }

    package func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError) {
        _ = try Self.variable(of: reference, prefix: configuration.string("prefix") ?? "")
    }

    package func limits(configuration: ConfigSection) -> ProviderLimits { .local }

    package func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider {
        EnvironmentProvider(name: name, prefix: configuration.string("prefix") ?? "", context: context)
    }

    /// The variable that a reference means.
    ///
    /// - Throws: `INVALID_SECRET_URI` if no variable can have that name, or if it is one of Janee's own settings: its
    ///   master key must not be sent to an API.
    static func variable(of reference: SecretReference, prefix: String) throws(SecretError) -> String {
        guard reference.field == nil, reference.version == nil else {
            throw SecretError(.invalidSecretURI, "environment variables have neither fields nor versions")
        }
        let variable = prefix + reference.path
        guard ConfigStringFormat.isEnvironmentVariable(variable) else {
            throw SecretError(
                .invalidSecretURI,
                "the path is not the name of an environment variable: letters, digits and '_', no digit first"
            )
        }
        guard !variable.hasPrefix("JANEE_") else {
            throw SecretError(.invalidSecretURI, "variables that start with JANEE_ are Janee's own settings")
        }
        return variable
    }
}

extension ConfigStringFormat {
    /// The name of an environment variable.
    static let environmentVariable = ConfigStringFormat(
        name: "environment variable",
        pattern: "^[A-Za-z_][A-Za-z0-9_]{0,254}$"
    ) { text in
        isEnvironmentVariable(text)
            ? nil : Refusal("is not the name of an environment variable: letters, digits and '_', no digit first")
    }

    static func isEnvironmentVariable(_ text: String) -> Bool {
        text.utf8.count <= 255 && SubstitutionTemplate.isVariableName(text)
    }
}
