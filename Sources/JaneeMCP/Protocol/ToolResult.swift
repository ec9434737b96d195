import JaneeJSON

/// What a tool gives back: one text, and whether it reports a failure.
package struct ToolResult: Sendable, Equatable {
    package let text: String
    package let isError: Bool

    package static func text(_ text: String) -> ToolResult {
        ToolResult(text: text, isError: false)
    }

    /// A failure the agent is told about; the text says what it can do.
    package static func error(_ text: String) -> ToolResult {
        ToolResult(text: text, isError: true)
    }

    var json: JSONObject {
        var result: JSONObject = ["content": [["type": "text", "text": .string(text)]]]
        if isError {
            result["isError"] = true
        }
        return result
    }
}
