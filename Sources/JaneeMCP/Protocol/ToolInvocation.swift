import JaneeJSON

/// A call that a session has accepted and a transport has to run.
package struct ToolInvocation: Sendable {
    let id: RequestID
    let tool: any MCPTool
    let arguments: JSONObject
    let context: ToolCallContext
    let cancellation = CallCancellation()
}
