import JaneeConfig
import JaneeCore
import JaneeJSON

/// `reload_config`: reads the configuration anew; offered only where the operator allows it.
struct ReloadConfig: MCPTool, ParameterlessTool {
    let environment: ToolEnvironment

    var name: String { "reload_config" }
    var description: String {
        "Reload Janee configuration from disk without restarting the server. Use after adding new services or "
            + "capabilities."
    }

    func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult {
        // A reload may have taken the permission back.
        guard environment.policy().server.allowAgentReload else {
            return .failure(["error": "Reloading by agents is not allowed", "code": "RELOAD_NOT_ALLOWED"])
        }
        switch await environment.reload() {
        case .success(let reload): return .json(Self.json(reload))
        case .failure(let failure):
            return .failure(["error": .string("Failed to reload config: \(failure.agentDescription)")])
        }
    }

    private static func json(_ reload: JaneeRuntime.Reload) -> JSONValue {
        func signed(_ number: Int) -> JSONValue { .number(JSONNumber(number)) }
        var json: JSONObject = [
            "success": true, "message": "Configuration reloaded successfully",
            "services": signed(reload.services), "capabilities": signed(reload.capabilities),
            "changes": [
                "services": signed(reload.servicesChange), "capabilities": signed(reload.capabilitiesChange),
            ],
        ]
        if !reload.needsRestart.isEmpty {
            json["needsRestart"] = .array(reload.needsRestart.map { .string($0) })
        }
        return .object(json)
    }
}
