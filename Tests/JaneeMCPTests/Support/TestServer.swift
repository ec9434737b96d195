import JaneeJSON
import Testing

@testable import JaneeMCP

/// A server with the tools of these tests.
func makeServer(_ waiting: WaitingTool = WaitingTool(), instructions: String? = nil) throws -> MCPServer {
    MCPServer(
        name: "tested",
        version: "1.2.3",
        instructions: instructions,
        registry: try ToolRegistry([EchoTool(), ContextTool(), waiting])
    )
}

/// A client's side of a session: sends text and reads the answer as JSON.
struct Peer {
    let session: MCPSession

    init(_ server: MCPServer, limits: SessionLimits = SessionLimits()) {
        session = MCPSession(server: server, limits: limits)
    }

    init() throws {
        self.init(try makeServer())
    }

    /// Sends a message and does at once what the session asks for; nil when there is no answer.
    @discardableResult
    func send(_ message: String) async throws -> JSONValue? {
        switch session.receive(Array(message.utf8)) {
        case .nothing: nil
        case .send(let answer): try JSONReader.parse(answer)
        case .perform(let call): try await session.perform(call).map { try JSONReader.parse($0) }
        }
    }

    /// Sends a message that must lead to a call, and leaves it to the test when to run it.
    func begin(_ message: String) throws -> ToolInvocation {
        guard case .perform(let call) = session.receive(Array(message.utf8)) else {
            throw UnexpectedReaction()
        }
        return call
    }

    struct UnexpectedReaction: Error {}
}

/// The messages most tests need.
enum Messages {
    static let envelope = """
        "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
        "io.modelcontextprotocol/clientCapabilities":{}}
        """

    static func initialize(_ version: String = "2025-11-25", id: String = "0") -> String {
        request(
            "initialize",
            #"{"protocolVersion":"\#(version)","capabilities":{},"clientInfo":{"name":"tester","version":"9"}}"#,
            id: id
        )
    }

    static func request(_ method: String, _ params: String? = nil, id: String = "1") -> String {
        let params = params.map { #","params":\#($0)"# } ?? ""
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"\#(params)}"#
    }

    static func modern(_ method: String, _ members: String = "", id: String = "1") -> String {
        request(method, members.isEmpty ? "{\(envelope)}" : "{\(members),\(envelope)}", id: id)
    }

    static func call(_ tool: String, _ arguments: String = "{}", id: String = "1") -> String {
        request("tools/call", #"{"name":"\#(tool)","arguments":\#(arguments)}"#, id: id)
    }

    static func cancel(_ id: String) -> String {
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
    }
}

extension JSONValue {
    /// The code of an error response.
    var errorCode: Int? {
        self["error"]?["code"]?.intValue
    }

    var errorMessage: String {
        self["error"]?["message"]?.stringValue ?? ""
    }

    /// The text of a tool's result.
    var toolText: String? {
        self["result"]?["content"]?.arrayValue?.first?["text"]?.stringValue
    }
}
