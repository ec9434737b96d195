import JaneeAuth
import JaneeConfig
import JaneeProviders
import JaneeSecrets

/// Configurations for tests, read as from a file `config.yaml`.
enum ConfigFixture {
    /// The schema of the built-in types; rules and header names are any text here.
    static let schema = ConfigurationSchema(
        providers: BuiltinProviders.all,
        authTypes: BuiltinAuthMethods.all.map {
            ConfigurationSchema.AuthType(
                type: $0.type,
                configuration: $0.configuration,
                secretFields: $0.secretFields
            )
        }
            + PlannedAuthTypes.all.map {
                ConfigurationSchema.AuthType(type: $0.type, configuration: $0.configuration, secretFields: [])
            },
        rule: .text,
        agentHeader: .text
    )

    static func loader(_ environment: [String: String] = [:]) -> ConfigurationLoader {
        ConfigurationLoader(
            schema: schema,
            substitution: SubstitutionSource(
                variable: { environment[$0] },
                file: { _ throws(SecretError) in throw SecretError(.providerConfigInvalid, "no files here") }
            )
        )
    }

    static func parse(
        _ yaml: String,
        _ environment: [String: String] = [:]
    ) throws(ConfigurationError) -> Configuration {
        try loader(environment).parse(Array(yaml.utf8), path: "config.yaml")
    }

    /// The problems of a file that cannot be used, or the warnings of one that can, as lines `LINE:COLUMN CODE FIELD`.
    static func problems(_ yaml: String, _ environment: [String: String] = [:]) -> [String] {
        do throws(ConfigurationError) {
            return try parse(yaml, environment).warnings.map { "warning \($0.place)" }
        } catch {
            return error.problems.map(\.place)
        }
    }

    /// The whole texts of the same problems.
    static func messages(_ yaml: String, _ environment: [String: String] = [:]) -> String {
        do throws(ConfigurationError) {
            return try parse(yaml, environment).warnings.map(\.message).joined(separator: "\n")
        } catch {
            return error.description
        }
    }
}

extension ConfigProblem {
    fileprivate var place: String { "\(position.line):\(position.column) \(code) \(field)" }
}
