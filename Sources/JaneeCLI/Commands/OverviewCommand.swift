import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeTelemetry

struct OverviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overview",
        abstract: "Show which agents may use what",
        discussion: """
            The known agents are those that the configuration names.

            EXAMPLES
              janee overview
              janee overview --json
            """
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let runtime = try Installation.load().runtime
            let policy = runtime.currentPolicy
            let all = policy.entries.keys.sorted()
            let agents = Self.knownAgents(policy)
            var access: JSONObject = [:]
            var reached: Set<String> = []
            var lines = [
                "\(runtime.configuration.services.count) service(s), \(all.count) capability(ies)    (defaultAccess: \(policy.server.defaultAccess.rawValue))"
            ]
            for agent in agents {
                let accessible = policy.accessible(to: .named(agent)).map(\.capability.name)
                reached.formUnion(accessible)
                access[agent] = [
                    "accessible": .strings(accessible), "denied": .strings(all.filter { !accessible.contains($0) }),
                ]
                lines.append(
                    "  agent: \(agent) \(accessible.isEmpty ? "(no access)" : accessible.joined(separator: ", "))"
                )
            }
            if agents.isEmpty, !all.isEmpty { lines.append("  The configuration names no agents.") }
            if all.isEmpty { lines.append("  No capabilities configured. Run `janee add <service>` to get started.") }
            let unreachable = agents.isEmpty ? [] : all.filter { !reached.contains($0) }
            if !unreachable.isEmpty {
                lines.append("  Unreachable: \(unreachable.joined(separator: ", ")) (no known agent can access these)")
            }
            return CommandOutput(
                json: [
                    "services": .number(JSONNumber(runtime.configuration.services.count)),
                    "capabilities": .number(JSONNumber(all.count)),
                    "globalDefaultAccess": .string(policy.server.defaultAccess.rawValue),
                    "agents": .object(access), "unreachable": .strings(unreachable),
                ],
                text: lines.map { DisplayText.escaped($0) }.joined(separator: "\n")
            )
        }
    }

    private static func knownAgents(_ policy: PolicySnapshot) -> [String] {
        var agents: Set<String> = []
        for entry in policy.entries.values {
            agents.formUnion(entry.capability.allowedAgents)
            if let ownership = entry.service.ownership {
                agents.formUnion(ownership.sharedWith + [ownership.createdBy].compactMap(\.self))
            }
        }
        return agents.sorted()
    }
}
