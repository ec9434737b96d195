import JaneeConfig
import JaneeCore
import JaneeJSON

/// `whoami`: the identity the broker sees, and what it may use.
struct WhoAmI: MCPTool, ParameterlessTool {
    let environment: ToolEnvironment

    var name: String { "whoami" }
    var description: String {
        "Show your resolved agent identity as Janee sees it, which capabilities you can access, and the server access "
            + "policy. Useful for understanding allowedAgents restrictions."
    }

    func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult {
        let policy = environment.policy()
        let names = policy.accessible(to: environment.agent).map { JSONValue.string($0.capability.name) }
        let answer: JSONValue = [
            "agentId": environment.agent.name.map { .string($0) } ?? .null,
            "identitySource": .string(environment.agent.source.rawValue),
            "defaultAccessPolicy": .string(policy.server.defaultAccess.rawValue),
            // Which other capabilities exist is nothing an agent may learn, so the list of those denied stays empty.
            "capabilities": ["accessible": .array(names), "denied": []],
        ]
        return .json(answer)
    }
}
