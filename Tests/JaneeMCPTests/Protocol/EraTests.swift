import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Eras")
struct EraTests {
    /// A request, what came before it on the connection, and the error code it gets; nil is a result.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var before: [String] = []
        let request: String
        let code: Int?

        var testDescription: String { name }
    }

    private static let version = #""io.modelcontextprotocol/protocolVersion":"2026-07-28""#
    private static let capabilities = #""io.modelcontextprotocol/clientCapabilities":{}"#

    private static func withMeta(_ meta: String, _ method: String = "tools/list") -> String {
        Messages.request(method, #"{"_meta":\#(meta)}"#)
    }

    static let cases: [Case] = [
        Case(name: "modern discover", request: Messages.modern("server/discover"), code: nil),
        Case(name: "modern list", request: Messages.modern("tools/list"), code: nil),
        Case(name: "discover without envelope", request: Messages.request("server/discover"), code: -32602),
        Case(name: "neither", request: Messages.request("tools/list"), code: -32602),
        Case(name: "neither, unknown method", request: Messages.request("no/such"), code: -32602),
        Case(name: "ping before anything", request: Messages.request("ping"), code: nil),
        Case(name: "no version", request: withMeta("{\(capabilities)}"), code: -32602),
        Case(name: "no capabilities", request: withMeta("{\(version)}"), code: -32602),
        Case(name: "empty meta", request: withMeta("{}"), code: -32602),
        Case(name: "meta is a list", request: withMeta("[]"), code: -32602),
        Case(
            name: "capabilities as text",
            request: withMeta(#"{\#(version),"io.modelcontextprotocol/clientCapabilities":"x"}"#),
            code: -32602
        ),
        Case(
            name: "version as number",
            request: withMeta(#"{"io.modelcontextprotocol/protocolVersion":5,\#(capabilities)}"#),
            code: -32602
        ),
        Case(
            name: "legacy version in an envelope",
            request: withMeta(#"{"io.modelcontextprotocol/protocolVersion":"2025-11-25",\#(capabilities)}"#),
            code: -32022
        ),
        Case(
            name: "unknown log level",
            request: withMeta(#"{\#(version),\#(capabilities),"io.modelcontextprotocol/logLevel":"loud"}"#),
            code: -32602
        ),
        Case(
            name: "odd client information does not matter",
            request: withMeta(#"{\#(version),\#(capabilities),"io.modelcontextprotocol/clientInfo":7}"#),
            code: nil
        ),
        Case(name: "modern ping", request: Messages.modern("ping"), code: -32601),
        Case(name: "modern logging", request: Messages.modern("logging/setLevel"), code: -32601),
        Case(name: "modern prompts", request: Messages.modern("prompts/list"), code: -32601),
        Case(
            name: "modern initialize",
            request: Messages.modern(
                "initialize",
                #""protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{}"#
            ),
            code: -32601
        ),
        Case(name: "legacy list", before: [Messages.initialize()], request: Messages.request("tools/list"), code: nil),
        Case(
            name: "legacy prompts",
            before: [Messages.initialize()],
            request: Messages.request("prompts/list"),
            code: -32601
        ),
        Case(
            name: "legacy logging",
            before: [Messages.initialize()],
            request: Messages.request("logging/setLevel", #"{"level":"info"}"#),
            code: -32601
        ),
        Case(
            name: "discover without envelope after a handshake",
            before: [Messages.initialize()],
            request: Messages.request("server/discover"),
            code: -32602
        ),
        Case(
            name: "listen without envelope after a handshake",
            before: [Messages.initialize()],
            request: Messages.request("subscriptions/listen"),
            code: -32601
        ),
        Case(
            name: "modern after a handshake",
            before: [Messages.initialize()],
            request: Messages.modern("tools/list"),
            code: nil
        ),
        Case(
            name: "half an envelope after a handshake",
            before: [Messages.initialize()],
            request: withMeta("{\(capabilities)}"),
            code: -32602
        ),
        Case(
            name: "legacy after a handshake after modern",
            before: [Messages.modern("server/discover"), Messages.initialize()],
            request: Messages.request("tools/list"),
            code: nil
        ),
    ]

    @Test("Each request has its own era", arguments: cases)
    func era(example: Case) async throws {
        let peer = try Peer()
        for message in example.before {
            #expect(try await peer.send(message)?["result"] != nil)
        }
        let answer = try #require(try await peer.send(example.request))
        #expect(answer.errorCode == example.code)
        #expect(answer["id"] == 1)
    }

    @Test("A request of no era is told both ways in")
    func bothWays() async throws {
        let message = try await Peer().send(Messages.request("tools/list"))?.errorMessage ?? ""
        #expect(message.contains("io.modelcontextprotocol/protocolVersion"))
        #expect(message.contains("initialize"))
    }

    @Test("An unsupported version is answered with the supported ones", arguments: ["1900-01-01", "2025-11-25", "x"])
    func unsupported(version: String) async throws {
        let meta = #"{"io.modelcontextprotocol/protocolVersion":"\#(version)",\#(Self.capabilities)}"#
        let answer = try await Peer().send(Self.withMeta(meta))
        #expect(answer?.errorCode == -32022)
        #expect(answer?["error"]?["data"] == ["supported": ["2026-07-28"], "requested": .string(version)])
    }
}
