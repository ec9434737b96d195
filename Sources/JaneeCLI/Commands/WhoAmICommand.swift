import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeTelemetry

struct WhoAmICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Show which capabilities an agent may use",
        discussion: """
            Without --agent the answer is for you, the operator, who sees everything.

            EXAMPLES
              janee whoami
              janee whoami --agent claude --json
            """
    )

    @Option(help: "The agent's name.") var agent: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let policy = try Installation.load().runtime.currentPolicy
            let all = Set(policy.entries.keys)
            let accessible = agent.map { Set(policy.accessible(to: .named($0)).map(\.capability.name)) } ?? all
            let denied = all.subtracting(accessible)
            let role = agent == nil ? "admin (CLI)" : "agent"
            let lines = [
                "Agent: \(agent ?? "(none)") — \(role)", "Default access: \(policy.server.defaultAccess.rawValue)",
                "Accessible: \(accessible.sorted().joined(separator: ", "))",
                "Denied: \(denied.sorted().joined(separator: ", "))",
            ]
            return CommandOutput(
                json: [
                    "agentId": agent.map { .string($0) } ?? .null, "role": .string(role),
                    "defaultAccessPolicy": .string(policy.server.defaultAccess.rawValue),
                    "capabilities": [
                        "accessible": .strings(accessible.sorted()), "denied": .strings(denied.sorted()),
                    ],
                ],
                text: lines.map { DisplayText.escaped($0) }.joined(separator: "\n")
            )
        }
    }
}
