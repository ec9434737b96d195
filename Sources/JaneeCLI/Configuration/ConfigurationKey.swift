import JaneeConfig
import JaneeSecrets

/// A setting that `config get` and `config set` know.
struct ConfigurationKey {
    enum Kind {
        case number(ClosedRange<Int>)
        case text
        case truth
        case choice([String])
    }

    let name: String
    let kind: Kind

    static let all = [
        ConfigurationKey(name: "server.port", kind: .number(0...65_535)),
        ConfigurationKey(name: "server.host", kind: .text),
        ConfigurationKey(name: "server.logBodies", kind: .truth),
        ConfigurationKey(name: "server.strictDecryption", kind: .truth),
        ConfigurationKey(name: "server.defaultAccess", kind: .choice(AccessMode.allCases.map(\.rawValue))),
        ConfigurationKey(name: "server.defaultApproval", kind: .choice(ApprovalMode.allCases.map(\.rawValue))),
        ConfigurationKey(name: "server.allowAgentReload", kind: .truth),
        ConfigurationKey(name: "security.auditSync", kind: .truth),
    ]

    static func named(_ name: String) throws(CommandFailure) -> ConfigurationKey {
        if let key = all.first(where: { $0.name == name }) { return key }
        let names = all.map(\.name)
        let hint = NearestName.of(name, among: names).map { " Did you mean \"\($0)\"?" } ?? ""
        throw CommandFailure(
            "Unknown config key \"\(name)\".\(hint) Valid keys: \(names.joined(separator: ", "))",
            code: "UNKNOWN_KEY"
        )
    }

    /// Where the setting stands in the file.
    var path: [String] { name.split(separator: ".").map(String.init) }

    /// The value that a text stands for.
    func value(_ text: String) throws(CommandFailure) -> YAMLValue {
        switch kind {
        case .text:
            guard !text.isEmpty else { throw CommandFailure("Invalid value for \(name): it must not be empty") }
            return .text(text)
        case .number(let range):
            guard let number = Int(text), range.contains(number) else {
                throw CommandFailure(
                    "Invalid number for \(name). It must be from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            return .integer(number)
        case .truth:
            guard text == "true" || text == "false" else {
                throw CommandFailure("Invalid boolean for \(name). Use \"true\" or \"false\".")
            }
            return .boolean(text == "true")
        case .choice(let choices):
            guard choices.contains(text) else {
                throw CommandFailure("Invalid value for \(name). Must be one of: \(choices.joined(separator: ", "))")
            }
            return .text(text)
        }
    }
}
