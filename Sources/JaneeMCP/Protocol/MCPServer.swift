import JaneeJSON
package import Logging

/// What a server is, apart from any connection: its name, its tools, and how it answers each request.
///
/// It has no state. What belongs to a connection is in ``MCPSession``.
package struct MCPServer: Sendable {
    /// How long clients may keep what they were told about the server and its tools.
    private static let cacheLifetimeMilliseconds = 60_000

    let registry: ToolRegistry
    let instructions: String?
    let logger: Logger
    let serverInfo: JSONValue

    package init(
        name: String,
        version: String,
        instructions: String? = nil,
        registry: ToolRegistry,
        logger: Logger = Logger(label: "mcp", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.registry = registry
        self.instructions = instructions
        self.logger = logger
        self.serverInfo = ["name": .string(name), "version": .string(version)]
    }

    /// Tools only, and a list that does not change while the server runs.
    var capabilities: JSONValue {
        ["tools": [:]]
    }

    /// Completes a result with what its era asks for.
    func finished(_ result: JSONObject, era: ProtocolEra) -> JSONObject {
        guard era == .modern else { return result }
        var result = result
        result["resultType"] = "complete"
        result["_meta"] = [MetaKey.serverInfo: serverInfo]
        return result
    }

    /// Completes a result that clients may keep for a while, though not share.
    func cacheable(_ result: JSONObject) -> JSONObject {
        var result = result
        result["ttlMs"] = .number(JSONNumber(Self.cacheLifetimeMilliseconds))
        result["cacheScope"] = "private"
        return result
    }
}
