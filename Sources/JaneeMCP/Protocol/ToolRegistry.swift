import JaneeJSON

/// The tools of a server, in the order in which they are listed.
package struct ToolRegistry: Sendable {
    struct Entry: Sendable {
        let tool: any MCPTool
        let schema: ArgumentSchema
    }

    private let entries: [Entry]

    /// The `tools` member of a `tools/list` result.
    let listing: JSONValue

    /// Checks names and schemas, so that a mistake in a tool shows when the server starts and not when it is called.
    package init(_ tools: [any MCPTool]) throws(ToolRegistryError) {
        var entries: [Entry] = []
        for tool in tools {
            guard Self.isValidName(tool.name) else {
                throw ToolRegistryError(tool: tool.name, problem: .invalidName)
            }
            guard !entries.contains(where: { $0.tool.name == tool.name }) else {
                throw ToolRegistryError(tool: tool.name, problem: .duplicateName)
            }
            do throws(ArgumentSchemaError) {
                entries.append(Entry(tool: tool, schema: try ArgumentSchema(tool.inputSchema)))
            } catch {
                throw ToolRegistryError(tool: tool.name, problem: .schema(error))
            }
        }
        self.entries = entries
        self.listing = .array(tools.map { .object(Self.listing(of: $0)) })
    }

    package var names: [String] {
        entries.map(\.tool.name)
    }

    /// Finds a tool by the exact bytes of its name.
    func entry(named name: String) -> Entry? {
        entries.first { $0.tool.name.utf8.elementsEqual(name.utf8) }
    }

    private static func listing(of tool: any MCPTool) -> JSONObject {
        var listing: JSONObject = ["name": .string(tool.name)]
        listing["title"] = tool.title.map { .string($0) }
        listing["description"] = .string(tool.description)
        listing["inputSchema"] = tool.inputSchema
        listing["annotations"] = tool.annotations
        return listing
    }

    private static func isValidName(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
                default: false
                }
            }
    }
}

/// Why a list of tools cannot be served; always a mistake in the program, not in its input.
package struct ToolRegistryError: Error, Equatable, CustomStringConvertible {
    package enum Problem: Sendable, Equatable {
        case invalidName
        case duplicateName
        case schema(ArgumentSchemaError)
    }

    package let tool: String
    package let problem: Problem

    package var description: String {
        switch problem {
        case .invalidName: "tool \"\(tool)\": a name has 1 to 128 of the characters A-Z a-z 0-9 _ - ."
        case .duplicateName: "tool \"\(tool)\": another tool has the same name"
        case .schema(let error): "tool \"\(tool)\": \(error)"
        }
    }
}
