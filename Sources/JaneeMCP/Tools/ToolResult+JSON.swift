import JaneeJSON

extension ToolResult {
    /// An answer of Janee's tools: pretty JSON in one text item, as clients of Janee 0.16 expect it.
    static func json(_ value: JSONValue) -> ToolResult {
        .text(value.serialized(pretty: true))
    }

    /// A failure of Janee's tools: `{"error": …}` and what belongs to it.
    static func failure(_ value: JSONValue) -> ToolResult {
        .error(value.serialized(pretty: true))
    }

    /// A refusal of arguments that do not fit the tool's schema.
    static func invalidArguments(_ problems: [ArgumentProblem]) -> ToolResult {
        let text = problems.map(\.description).joined(separator: "; ")
        return .failure(["error": .string("Invalid arguments: \(text)"), "code": "INVALID_ARGUMENTS"])
    }
}
