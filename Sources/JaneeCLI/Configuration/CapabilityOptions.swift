import ArgumentParser
import JaneeConfig

/// The options that `cap add` and `cap edit` share.
struct CapabilityOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "How long a grant lasts, such as 30s, 5m, 1h, 7d.") var ttl: String?
    @Flag(inversion: .prefixedNo, help: "Whether calls run without a person's consent.") var autoApprove: Bool?
    @Flag(inversion: .prefixedNo, help: "Whether agents must give a reason.") var requiresReason: Bool?
    @Option(parsing: .upToNextOption, help: "Allowed requests, such as 'GET /v1/customers/*'.") var allow: [String] = []
    @Option(parsing: .upToNextOption, help: "Denied requests.") var deny: [String] = []
    @Option(parsing: .upToNextOption, help: "The only agents that may use it; commas or spaces between them.")
    var allowedAgents: [String] = []
    @Option(help: "Access without a list of agents: open or restricted.") var access: String?
    @Option(help: "proxy for HTTP calls, exec for commands.") var mode: String?
    @Option(parsing: .upToNextOption, help: "The commands of an exec capability; commas or spaces between them.")
    var allowCommands: [String] = []
    @Option(parsing: .upToNextOption, help: "Environment of an exec capability, as NAME=value.") var envMap: [String] =
        []
    @Option(help: "Working directory of an exec capability.") var workDir: String?
    @Option(help: "Time limit of an exec capability, in milliseconds.") var timeout: Int?

    /// The fields that were given, as they stand in the file.
    func fields() throws -> [(path: [String], value: YAMLValue)] {
        var fields: [(path: [String], value: YAMLValue)] = []
        func add(_ path: String..., value: YAMLValue?) {
            if let value { fields.append((path, value)) }
        }
        add("ttl", value: ttl.map { .text($0) })
        add("autoApprove", value: autoApprove.map { .boolean($0) })
        add("requiresReason", value: requiresReason.map { .boolean($0) })
        add("allowedAgents", value: Self.list(allowedAgents, splitsAtCommas: true))
        add("access", value: access.map { .text($0) })
        add("mode", value: mode.map { .text($0) })
        add("rules", "allow", value: Self.list(allow, splitsAtCommas: false))
        add("rules", "deny", value: Self.list(deny, splitsAtCommas: false))
        add("allowCommands", value: Self.list(allowCommands, splitsAtCommas: true))
        add("env", value: envMap.isEmpty ? nil : .map(try envMap.map(Self.variable)))
        add("workDir", value: workDir.map { .text($0) })
        add("timeout", value: timeout.map { .integer($0) })
        return fields
    }

    private static func list(_ values: [String], splitsAtCommas: Bool) -> YAMLValue? {
        let items =
            splitsAtCommas ? values.flatMap { $0.split(separator: ",").map(trimmed) } : values.map { trimmed($0[...]) }
        return items.isEmpty ? nil : .texts(items.filter { !$0.isEmpty })
    }

    private static func variable(_ text: String) throws -> YAMLValue.Entry {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ValidationError("--env-map wants NAME=value.")
        }
        return YAMLValue.Entry(trimmed(text[..<equals]), .text(trimmed(text[text.index(after: equals)...])))
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text.drop { $0 == " " }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }
}
