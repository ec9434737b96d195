import JaneeJSON

/// A tool without arguments.
///
/// Refusing those an agent gives it anyway tells it nothing that would have to be recorded.
protocol ParameterlessTool: MCPTool {}

extension ParameterlessTool {
    var inputSchema: JSONValue { ["type": "object", "properties": [:], "required": []] }

    func refuse(
        _ arguments: JSONObject,
        because problems: [ArgumentProblem],
        context: ToolCallContext
    ) async -> ToolResult {
        .invalidArguments(problems)
    }
}
