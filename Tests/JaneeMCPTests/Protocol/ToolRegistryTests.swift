import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Tool registry")
struct ToolRegistryTests {
    private struct Named: MCPTool {
        let name: String
        let description = "A tool"
        var inputSchema: JSONValue = ["type": "object"]

        func call(_ arguments: JSONObject, context: ToolCallContext) async -> ToolResult {
            .text("")
        }
    }

    @Test(
        "A name has 1 to 128 plain characters",
        arguments: ["", "a b", "é", "a/b", String(repeating: "a", count: 129)]
    )
    func invalidName(name: String) {
        #expect(throws: ToolRegistryError(tool: name, problem: .invalidName)) {
            try ToolRegistry([Named(name: name)])
        }
    }

    @Test("Names are unique")
    func duplicates() {
        #expect(throws: ToolRegistryError(tool: "a", problem: .duplicateName)) {
            try ToolRegistry([Named(name: "a"), Named(name: "b"), Named(name: "a")])
        }
    }

    @Test("A schema that cannot be checked is refused when the registry is made")
    func schema() {
        let tool = Named(name: "a", inputSchema: ["type": "object", "oneOf": []])
        let error = #expect(throws: ToolRegistryError.self) { try ToolRegistry([tool]) }
        #expect(error?.description == #"tool "a": inputSchema: the keyword "oneOf" is not supported here"#)
    }

    @Test("Tools stay in order")
    func order() throws {
        let registry = try ToolRegistry([Named(name: "b"), Named(name: "a.-_9")])
        #expect(registry.names == ["b", "a.-_9"])
    }
}
