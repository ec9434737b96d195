import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Messages that are none")
struct RPCMessageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let message: String
        let code: Int
        var id: JSONValue = .null

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "half a message", message: #"{"jsonrpc":"2.0","id":1,"method":"#, code: -32700),
        Case(name: "duplicate key", message: #"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#, code: -32700),
        Case(name: "lone surrogate", message: #"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, code: -32700),
        Case(name: "number of 5000 digits", message: "1" + String(repeating: "0", count: 5000), code: -32700),
        Case(name: "deep nesting", message: String(repeating: "[", count: 100_000), code: -32700),
        Case(name: "number", message: "42", code: -32600),
        Case(name: "string", message: #""x""#, code: -32600),
        Case(name: "null", message: "null", code: -32600),
        Case(name: "empty object", message: "{}", code: -32600),
        Case(name: "empty batch", message: "[]", code: -32600),
        Case(
            name: "batch",
            message: #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#,
            code: -32600
        ),
        Case(name: "no version", message: #"{"id":5,"method":"ping"}"#, code: -32600, id: 5),
        Case(name: "other version", message: #"{"jsonrpc":"1.0","id":"x","method":"ping"}"#, code: -32600, id: "x"),
        Case(name: "version as number", message: #"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, code: -32600, id: 1),
        Case(name: "no method", message: #"{"jsonrpc":"2.0","id":6}"#, code: -32600, id: 6),
        Case(name: "method as number", message: #"{"jsonrpc":"2.0","id":9,"method":5}"#, code: -32600, id: 9),
        Case(
            name: "list as params",
            message: #"{"jsonrpc":"2.0","id":8,"method":"ping","params":[1]}"#,
            code: -32602,
            id: 8
        ),
        Case(
            name: "null as params",
            message: #"{"jsonrpc":"2.0","id":8,"method":"ping","params":null}"#,
            code: -32602,
            id: 8
        ),
    ]

    @Test("They get one error, with their id when it can be read", arguments: cases)
    func refused(example: Case) async throws {
        let answer = try #require(try await Peer().send(example.message))
        #expect(answer.errorCode == example.code)
        #expect(answer["id"] == example.id)
        #expect(answer["result"] == nil)
        #expect(!answer.errorMessage.isEmpty)
    }

    @Test("Bytes that are not UTF-8 are a parse error")
    func invalidUTF8() throws {
        let session = MCPSession(server: try makeServer())
        guard case .send(let answer) = session.receive(Array(#"{"method":""#.utf8) + [0xc3, 0x28, 0xff]) else {
            Issue.record("no answer")
            return
        }
        #expect(try JSONReader.parse(answer).errorCode == -32700)
    }

    @Test(
        "Notifications and responses are never answered",
        arguments: [
            #"{"jsonrpc":"2.0","method":"notifications/unknown"}"#,
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","method":"tools/list","params":{}}"#,
            #"{"jsonrpc":"2.0","method":"tools/list","params":[1]}"#,
            #"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}"#,
            #"{"jsonrpc":"2.0","id":4711,"result":{}}"#,
            #"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}"#,
        ]
    )
    func silent(message: String) async throws {
        let peer = try Peer()
        try await peer.send(Messages.initialize())
        #expect(try await peer.send(message) == nil)
    }

    @Test("An error repeats nothing of the message")
    func quietErrors() async throws {
        let canary = "sk-canary-0123456789"
        let messages = [
            #"{"jsonrpc":"2.0","id":1,"method":"\#(canary)"#,
            Messages.request(canary),
            Messages.modern(canary),
            Messages.modern("tools/call", #""name":"\#(canary)""#),
            Messages.modern("tools/call", #""name":"echo","arguments":{"\#(canary)":"\#(canary)"}"#),
            Messages.modern("tools/list", #""cursor":"\#(canary)""#),
        ]
        let peer = try Peer()
        for message in messages {
            let answer = try #require(try await peer.send(message))
            #expect(!answer.serialized().contains("canary"))
        }
    }
}
