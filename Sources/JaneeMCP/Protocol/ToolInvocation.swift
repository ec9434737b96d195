import JaneeJSON

/// A call that a session has accepted and a transport has to run.
package struct ToolInvocation: Sendable {
    let id: RequestID
    let tool: any MCPTool
    let arguments: JSONObject
    /// In what the arguments do not fit the tool's schema; then the tool only says so.
    let problems: [ArgumentProblem]
    let context: ToolCallContext
    let cancellation = CallCancellation()

    func run() async -> ToolResult {
        problems.isEmpty
            ? await tool.call(arguments, context: context)
            : await tool.refuse(arguments, because: problems, context: context)
    }
}
