import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Handshake and discovery")
struct LifecycleTests {
    @Test(
        "The handshake agrees on the version asked for, or else on the newest that has a handshake",
        arguments: [
            ("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2025-03-26", "2025-03-26"),
            ("2024-11-05", "2024-11-05"), ("2024-10-07", "2024-10-07"), ("2026-07-28", "2025-11-25"),
            ("1999-01-01", "2025-11-25"), ("2099-12-31", "2025-11-25"), ("", "2025-11-25"),
        ]
    )
    func negotiation(requested: String, agreed: String) async throws {
        let result = try await Peer().send(Messages.initialize(requested))?["result"]
        let expected: JSONValue = [
            "protocolVersion": .string(agreed),
            "capabilities": ["tools": [:]],
            "serverInfo": ["name": "tested", "version": "1.2.3"],
        ]
        #expect(result == expected)
    }

    @Test(
        "A handshake that lacks something is refused, and a right one may follow",
        arguments: [
            "{}",
            #"{"protocolVersion":5,"capabilities":{},"clientInfo":{"name":"a","version":"1"}}"#,
            #"{"protocolVersion":"2025-11-25","clientInfo":{"name":"a","version":"1"}}"#,
            #"{"protocolVersion":"2025-11-25","capabilities":{}}"#,
        ]
    )
    func refused(params: String) async throws {
        let peer = try Peer()
        #expect(try await peer.send(Messages.request("initialize", params))?.errorCode == -32602)
        #expect(try await peer.send(Messages.request("tools/list"))?.errorCode == -32602)
        #expect(try await peer.send(Messages.initialize())?["result"] != nil)
        #expect(try await peer.send(Messages.request("tools/list"))?["result"] != nil)
    }

    @Test("A later handshake replaces an earlier one")
    func again() async throws {
        let peer = try Peer()
        try await peer.send(Messages.initialize("2024-11-05"))
        try await peer.send(Messages.initialize("2025-06-18"))
        #expect(try await peer.send(Messages.call("context"))?.toolText == "legacy 2025-06-18 tester/9 1")
    }

    @Test("Instructions are given in both eras when there are any")
    func instructions() async throws {
        let peer = Peer(try makeServer(instructions: "Be kind."))
        let legacy = try await peer.send(Messages.initialize())
        let modern = try await peer.send(Messages.modern("server/discover"))
        #expect(legacy?["result"]?["instructions"] == "Be kind.")
        #expect(modern?["result"]?["instructions"] == "Be kind.")
    }

    @Test("Discovery names the modern versions only")
    func discovery() async throws {
        let result = try await Peer().send(Messages.modern("server/discover"))?["result"]
        let expected: JSONValue = [
            "supportedVersions": ["2026-07-28"],
            "capabilities": ["tools": [:]],
            "ttlMs": 60000,
            "cacheScope": "private",
            "resultType": "complete",
            "_meta": ["io.modelcontextprotocol/serverInfo": ["name": "tested", "version": "1.2.3"]],
        ]
        #expect(result == expected)
    }

    @Test("A handshake after modern requests can be read by the rules of both eras")
    func handshakeAfterModern() async throws {
        let peer = try Peer()
        try await peer.send(Messages.modern("tools/list"))
        let result = try await peer.send(Messages.initialize())?["result"]
        #expect(result?["resultType"] == "complete")
        #expect(result?["protocolVersion"] == "2025-11-25")
    }

    @Test("A subscription is acknowledged with nothing in it, stays open, and ends with the server")
    func subscription() async throws {
        let peer = try Peer()
        let listen = Messages.modern("subscriptions/listen", #""notifications":{"toolsListChanged":true}"#, id: #""s""#)
        let acknowledgement = try await peer.send(listen)
        #expect(acknowledgement?["method"] == "notifications/subscriptions/acknowledged")
        let params: JSONValue = ["notifications": [:], "_meta": ["io.modelcontextprotocol/subscriptionId": "s"]]
        #expect(acknowledgement?["params"] == params)
        #expect(try await peer.send(listen)?.errorCode == -32600)

        let ends = try peer.session.endSubscriptions().map { try JSONReader.parse($0) }
        #expect(ends.count == 1)
        #expect(ends.first?["id"] == "s")
        #expect(ends.first?["result"]?["resultType"] == "complete")
        #expect(ends.first?["result"]?["_meta"]?["io.modelcontextprotocol/subscriptionId"] == "s")
        #expect(peer.session.endSubscriptions().isEmpty)
    }

    @Test("A subscription ends without a word when the client cancels it")
    func cancelledSubscription() async throws {
        let peer = try Peer()
        let listen = Messages.modern("subscriptions/listen", #""notifications":{}"#, id: "5")
        try await peer.send(listen)
        #expect(try await peer.send(Messages.cancel("5")) == nil)
        #expect(peer.session.endSubscriptions().isEmpty)
        #expect(try await peer.send(listen)?["method"] != nil)
    }

    @Test("A subscription must say what it wants")
    func emptySubscription() async throws {
        #expect(try await Peer().send(Messages.modern("subscriptions/listen"))?.errorCode == -32602)
    }
}
