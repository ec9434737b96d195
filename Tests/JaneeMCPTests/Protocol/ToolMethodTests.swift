import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("tools/list and tools/call")
struct ToolMethodTests {
    @Test("The list has the tools in order, with what they declare")
    func list() async throws {
        let peer = try Peer()
        let result = try await peer.send(Messages.modern("tools/list"))?["result"]
        let tools = try #require(result?["tools"]?.arrayValue)
        #expect(tools.map { $0["name"] } == ["echo", "context", "wait"])
        let context: JSONValue = [
            "name": "context",
            "title": "Context",
            "description": "Shows the context of the call",
            "inputSchema": ["type": "object", "properties": [:], "required": []],
            "annotations": ["readOnlyHint": true],
        ]
        #expect(tools[1] == context)
        #expect(result?["ttlMs"] == 60000)
        #expect(result?["cacheScope"] == "private")
        #expect(result?["resultType"] == "complete")
        #expect(try await peer.send(Messages.modern("tools/list"))?["result"] == result)
    }

    @Test("Legacy results have no modern members")
    func legacyMembers() async throws {
        let peer = try Peer()
        try await peer.send(Messages.initialize())
        let list = try await peer.send(Messages.request("tools/list"))?["result"]?.objectValue
        #expect(list?.keys == ["tools"])
        let call = try await peer.send(Messages.call("echo", #"{"text":"hi"}"#))?["result"]
        #expect(call == ["content": [["type": "text", "text": "hi"]]])
    }

    @Test("Modern results of calls have their members")
    func modernMembers() async throws {
        let call = Messages.modern("tools/call", #""name":"echo","arguments":{"text":"hi"}"#)
        let result = try await Peer().send(call)?["result"]
        let expected: JSONValue = [
            "content": [["type": "text", "text": "hi"]],
            "resultType": "complete",
            "_meta": ["io.modelcontextprotocol/serverInfo": ["name": "tested", "version": "1.2.3"]],
        ]
        #expect(result == expected)
    }

    @Test(
        "The empty cursor is the beginning, any other is refused",
        arguments: [("\"\"", true), ("\"x\"", false), ("3", false)]
    )
    func cursor(cursor: String, isAccepted: Bool) async throws {
        let answer = try await Peer().send(Messages.modern("tools/list", #""cursor":\#(cursor)"#))
        #expect(answer?.errorCode == (isAccepted ? nil : -32602))
    }

    @Test(
        "A call that is malformed or of an unknown tool is a protocol error",
        arguments: [
            #""arguments":{}"#, #""name":5,"arguments":{}"#, #""name":"echo","arguments":[1]"#,
            #""name":"echo","arguments":"x""#, #""name":"echo","arguments":null"#, #""name":"Echo""#, #""name":"""#,
        ]
    )
    func protocolErrors(params: String) async throws {
        #expect(try await Peer().send(Messages.modern("tools/call", params))?.errorCode == -32602)
    }

    @Test("An unknown tool's caller learns which tools there are")
    func unknownTool() async throws {
        let answer = try await Peer().send(Messages.modern("tools/call", #""name":"nope""#))
        #expect(answer?.errorMessage.contains("echo, context, wait") == true)
    }

    @Test("Arguments that do not fit the schema are a result the model can act on, and the tool is not called")
    func invalidArguments() async throws {
        let call = Messages.modern("tools/call", #""name":"echo","arguments":{"text":5,"other":1}"#)
        let answer = try await Peer().send(call)
        #expect(answer?["result"]?["isError"] == true)
        #expect(
            answer?.toolText == "Invalid arguments: text must be a string; unknown argument; allowed are: text"
        )
        #expect(answer?["result"]?["resultType"] == "complete")
    }

    @Test("Arguments may be left out when none is required")
    func noArguments() async throws {
        #expect(try await Peer().send(Messages.modern("tools/call", #""name":"context""#))?["result"] != nil)
    }

    @Test("A tool that reports a failure gives a result, not an error")
    func failure() async throws {
        let peer = try Peer()
        try await peer.send(Messages.initialize("2024-11-05"))
        let answer = try await peer.send(Messages.call("context", id: #""q""#))
        #expect(answer?["result"]?["isError"] == true)
        #expect(answer?.toolText == #"legacy 2024-11-05 tester/9 "q""#)
    }

    @Test("A modern request's label is its own, not that of the handshake")
    func label() async throws {
        let peer = try Peer()
        try await peer.send(Messages.initialize())
        let unnamed = try await peer.send(Messages.modern("tools/call", #""name":"context""#))
        #expect(unnamed?.toolText == "modern 2026-07-28 nobody 1")
    }
}
