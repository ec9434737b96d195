import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeTelemetry

struct CapListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the capabilities",
        discussion: """
            EXAMPLES
              janee cap list
              janee cap list --json
            """
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let capabilities = try Installation.load().runtime.configuration.capabilities.values
                .sorted { $0.name < $1.name }
            let text =
                capabilities.isEmpty
                ? "No capabilities configured yet. Add one with: janee cap add NAME --service SERVICE"
                : capabilities.map(Self.text).joined(separator: "\n\n")
            return CommandOutput(json: ["capabilities": .array(capabilities.map(Self.json))], text: text)
        }
    }

    private static func json(_ capability: Capability) -> JSONValue {
        var json: JSONObject = [
            "name": .string(capability.name), "service": .string(capability.service),
            "ttl": .string(capability.timeToLive.description),
        ]
        json["autoApprove"] = capability.autoApprove.map { .bool($0) }
        json["requiresReason"] = .bool(capability.requiresReason)
        json["allowRules"] = .strings(capability.allow ?? [])
        json["denyRules"] = .strings(capability.deny ?? [])
        json["mode"] = .string(capability.mode.rawValue)
        json["access"] = capability.access.map { .string($0.rawValue) }
        json["allowedAgents"] = .strings(capability.allowedAgents)
        json["allowCommands"] = .strings(capability.allowCommands)
        // The values may hold credentials, so only the names are shown.
        json["env"] = .strings(capability.environmentNames)
        json["workDir"] = capability.workingDirectory.map { .string($0) }
        json["timeout"] = capability.timeout.map { .number(JSONNumber(Int($0 / .milliseconds(1)))) }
        return .object(json)
    }

    private static func text(_ capability: Capability) -> String {
        var lines = [capability.name, "  Service: \(capability.service)", "  TTL: \(capability.timeToLive)"]
        func add(_ title: String, _ values: [String]?) {
            if let values, !values.isEmpty { lines.append("  \(title): \(values.joined(separator: ", "))") }
        }
        if capability.mode != .proxy { lines.append("  Mode: \(capability.mode.rawValue)") }
        if let approve = capability.autoApprove { lines.append("  Auto-approve: \(approve ? "yes" : "no")") }
        if capability.requiresReason { lines.append("  Requires reason: yes") }
        add("Allow", capability.allow)
        add("Deny", capability.deny)
        add("Access", capability.access.map { [$0.rawValue] })
        add("Allowed agents", capability.allowedAgents)
        add("Allow commands", capability.allowCommands)
        add("Env", capability.environmentNames)
        add("Work dir", capability.workingDirectory.map { [$0] })
        add("Timeout", capability.timeout.map { ["\(Int($0 / .milliseconds(1)))ms"] })
        return lines.map { DisplayText.escaped($0) }.joined(separator: "\n")
    }
}

extension JSONValue {
    /// A list of texts.
    static func strings(_ texts: some Sequence<String>) -> JSONValue { .array(texts.map { .string($0) }) }
}
