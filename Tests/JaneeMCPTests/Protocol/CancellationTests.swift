import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("Cancellation and limits of a session", .timeLimit(.minutes(1)))
struct CancellationTests {
    private let tool = WaitingTool()
    private let peer: Peer

    init() throws {
        peer = Peer(try makeServer(tool), limits: SessionLimits(maximumRequests: 2, maximumRequestBytes: 400))
    }

    private func waiting(_ id: String) -> String {
        Messages.modern("tools/call", #""name":"wait""#, id: id)
    }

    @Test("A cancelled call ends and is not answered")
    func running() async throws {
        let call = try peer.begin(waiting("1"))
        async let answer = peer.session.perform(call)
        await tool.started()
        try await peer.send(Messages.cancel("1"))
        #expect(await answer == nil)
        #expect(tool.cancellations == 1)
    }

    @Test("A call cancelled before it began does not begin")
    func early() async throws {
        let call = try peer.begin(waiting(#""a""#))
        try await peer.send(Messages.cancel(#""a""#))
        tool.release()
        #expect(await peer.session.perform(call) == nil)
        #expect(tool.cancellations == 0)
    }

    @Test("Only exactly that id is cancelled", arguments: [#""7""#, "8", "70", "null", "[7]", "7.0"])
    func otherID(id: String) async throws {
        let call = try peer.begin(waiting("7"))
        try await peer.send(Messages.cancel(id))
        tool.release()
        #expect(await peer.session.perform(call) != nil)
    }

    @Test("A cancellation that comes too late is ignored")
    func late() async throws {
        tool.release()
        #expect(try await peer.send(waiting("1"))?.toolText == "ended")
        #expect(try await peer.send(Messages.cancel("1")) == nil)
        #expect(try await peer.send(waiting("1"))?.toolText == "ended")
    }

    @Test("An id is taken until its call has ended, cancelled or not")
    func takenID() async throws {
        let call = try peer.begin(waiting("1"))
        #expect(try await peer.send(waiting("1"))?.errorCode == -32600)
        #expect(try await peer.send(Messages.modern("tools/list"))?.errorCode == -32600)
        try await peer.send(Messages.cancel("1"))
        #expect(try await peer.send(waiting("1"))?.errorCode == -32600)
        #expect(await peer.session.perform(call) == nil)
        #expect(try await peer.send(Messages.modern("tools/list"))?["result"] != nil)
    }

    @Test("At most so many requests run; the next is refused and others go on")
    func tooMany() async throws {
        let first = try peer.begin(waiting("1"))
        let second = try peer.begin(waiting("2"))
        #expect(try await peer.send(waiting("3"))?.errorCode == -32603)
        #expect(try await peer.send(Messages.modern("tools/list", id: "4"))?["result"] != nil)
        tool.release()
        #expect(await peer.session.perform(first) != nil)
        #expect(try await peer.send(waiting("3"))?.toolText == "ended")
        #expect(await peer.session.perform(second) != nil)
    }

    @Test("The running requests have at most so many bytes, but one of any size may run")
    func tooLarge() async throws {
        let padding = String(repeating: " ", count: 500)
        let first = try peer.begin(waiting("1") + padding)
        #expect(try await peer.send(waiting("2"))?.errorCode == -32603)
        tool.release()
        #expect(await peer.session.perform(first) != nil)
        #expect(try await peer.send(waiting("2") + padding)?.toolText == "ended")
    }

    @Test("When the session cancels all calls they end and are answered")
    func all() async throws {
        let started = try peer.begin(waiting("1"))
        let notStarted = try peer.begin(waiting("2"))
        async let answer = peer.session.perform(started)
        await tool.started()
        peer.session.cancelAllCalls(answering: true)
        let first = try await answer.map { try JSONReader.parse($0) }
        #expect(first?.toolText == "cancelled")
        let second = try await peer.session.perform(notStarted).map { try JSONReader.parse($0) }
        #expect(second?["result"]?["isError"] == true)
    }

    @Test("Two requests cannot take the same id, even when both come at the same moment")
    func table() throws {
        var table = RequestTable(limits: SessionLimits())
        let id = try #require(RequestID(1))
        try table.begin(id, .subscription, bytes: 1)
        #expect(throws: RPCError.duplicateID) { try table.begin(id, .subscription, bytes: 1) }
        let ends = [table.end(id), table.end(id)]
        #expect(ends == [true, false])
        try table.begin(id, .subscription, bytes: 1)
    }
}
