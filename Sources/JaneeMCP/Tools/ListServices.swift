import JaneeConfig
import JaneeCore
import JaneeJSON

/// `list_services`: the capabilities this agent may use; of others it learns nothing.
struct ListServices: MCPTool, ParameterlessTool {
    let environment: ToolEnvironment

    var name: String { "list_services" }
    var description: String { "List available API capabilities managed by Janee" }

    func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult {
        let policy = environment.policy()
        let list = policy.accessible(to: environment.agent).map { Self.describe($0, policy.server) }
        return .json(JSONValue.array(list))
    }

    private static func describe(_ entry: PolicySnapshot.Entry, _ server: ServerSettings) -> JSONValue {
        let capability = entry.capability
        var item: JSONObject = [
            "accessible": true,
            "name": .string(capability.name),
            "service": .string(capability.service),
            "mode": .string(capability.mode.rawValue),
            "ttl": .string(capability.timeToLive.description),
            "autoApprove": .bool(capability.autoApprove ?? (server.defaultApproval == .automatic)),
            "requiresReason": .bool(capability.requiresReason),
        ]
        var rules: JSONObject = [:]
        rules["allow"] = capability.allow.map { .array($0.map { .string($0) }) }
        rules["deny"] = capability.deny.map { .array($0.map { .string($0) }) }
        if !rules.isEmpty { item["rules"] = .object(rules) }
        if capability.mode == .exec {
            item["allowCommands"] = .array(capability.allowCommands.map { .string($0) })
            item["env"] = .array(capability.environmentNames.map { .string($0) })
        }
        return .object(item)
    }
}
