import JaneeConfig
import JaneeCore
import JaneeSecrets

/// Configurations for tests, read as from a file `config.yaml`.
enum ConfigFixture {
    /// The schema of the program.
    static let schema = ConfigurationSchema(.builtin)

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

    /// The problems of a file as lines `LINE:COLUMN CODE FIELD: MESSAGE`, warnings with that word before.
    static func lines(_ yaml: String, _ environment: [String: String] = [:]) -> [String] {
        lines(Array(yaml.utf8), environment)
    }

    static func lines(_ bytes: [UInt8], _ environment: [String: String] = [:]) -> [String] {
        do throws(ConfigurationError) {
            return try loader(environment).parse(bytes, path: "config.yaml").warnings.map(\.line)
        } catch {
            return error.problems.map(\.line)
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

    fileprivate var line: String {
        let subject = field.isEmpty ? "" : "\(field): "
        return
            "\(severity == .warning ? "warning " : "")\(position.line):\(position.column) \(code) \(subject)\(message)"
    }
}
