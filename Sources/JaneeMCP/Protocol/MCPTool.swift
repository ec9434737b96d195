package import JaneeJSON

/// Something an agent can call.
///
/// `call` runs in a task of its own, beside other calls. When the client cancels the call or the server ends, that task
/// is cancelled: stop soon, record what has to be recorded, and return; the result of a call the client has cancelled
/// is dropped. A call never throws: whatever goes wrong is a ``ToolResult/error(_:)`` that tells the agent what to do.
package protocol MCPTool: Sendable {
    /// 1 to 128 of the characters A-Z, a-z, 0-9, `_`, `-` and `.`, unique in its registry.
    var name: String { get }

    var title: String? { get }

    var description: String { get }

    /// A JSON Schema of the kind ``ArgumentSchema`` understands; its root has the type `object`.
    var inputSchema: JSONValue { get }

    /// The MCP hints, such as `readOnlyHint`.
    var annotations: JSONValue? { get }

    /// Does the work; the arguments have been checked against ``inputSchema``.
    func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult

    /// Takes note of a call whose arguments do not fit ``inputSchema``, and says what the agent gets in its place.
    func refuse(
        _ arguments: JSONObject,
        because problems: [ArgumentProblem],
        context: ToolCallContext
    ) async -> ToolResult
}

extension MCPTool {
    package var title: String? { nil }

    package var annotations: JSONValue? { nil }

    package func refuse(
        _ arguments: JSONObject,
        because problems: [ArgumentProblem],
        context: ToolCallContext
    ) async -> ToolResult {
        .error("Invalid arguments: \(problems.map(\.description).joined(separator: "; "))")
    }
}
