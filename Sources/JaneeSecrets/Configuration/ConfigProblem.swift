/// Something wrong (or doubtful) in a configuration file.
///
/// It says where, what, and what to do. Never a value of the file.
public struct ConfigProblem: Error, Sendable, Hashable {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// The file cannot be used.
        case error
        /// The file can be used, but an operator should look.
        case warning
    }

    /// How bad it is.
    public let severity: Severity
    /// A code of RFC 0005's taxonomy, or `CONFIG_INVALID` outside providers and references.
    public let code: String
    /// The place in the file.
    public let position: ConfigPosition
    /// The field's path, such as `services.stripe.auth.key`, harmless for terminals and logs.
    public let field: String
    /// What is wrong and what to do.
    public let message: String

    /// The code of problems outside providers and references.
    public static let generalCode = "CONFIG_INVALID"

    /// Makes a problem.
    public init(
        _ severity: Severity = .error,
        code: String = ConfigProblem.generalCode,
        at position: ConfigPosition,
        field: String,
        _ message: String
    ) {
        self.severity = severity
        self.code = code
        self.position = position
        self.field = ConfigKey.escaped(field)
        self.message = message
    }
}
