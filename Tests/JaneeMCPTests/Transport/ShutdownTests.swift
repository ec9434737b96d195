import JaneeJSON
import Testing

@testable import JaneeMCP

@Suite("The end of a stdio session", .timeLimit(.minutes(1)))
struct ShutdownTests {
    private static let grace = Duration.milliseconds(250)
    private static let limit = Duration.milliseconds(900)

    /// What can end a session.
    enum Cause: CaseIterable {
        case endOfInput
        case shutdown
        case lostReader

        func apply(to running: RunningTransport) {
            switch self {
            case .endOfInput: running.client.endInput()
            case .shutdown: running.transport.shutdown()
            case .lostReader: running.client.stopReading()
            }
        }
    }

    @Test("An idle session ends at once, without any time passing", arguments: Cause.allCases)
    func idle(cause: Cause) async throws {
        try await RunningTransport.with(try makeServer()) { running in
            running.client.send(Messages.request("ping"))
            cause.apply(to: running)
            await running.ended.wait()
        }
    }

    @Test("Calls that end within the grace time are answered", arguments: [Cause.endOfInput, .shutdown])
    func grace(cause: Cause) async throws {
        let tool = WaitingTool()
        try await RunningTransport.with(try makeServer(tool)) { running in
            let stream = try running.client.startReading()
            running.client.send(Messages.initialize(id: "0"))
            running.client.send(Messages.call("wait", id: "1"))
            await tool.started()
            cause.apply(to: running)
            await running.clock.hasSleeper(until: Self.grace)
            tool.release()
            await running.ended.wait()
            #expect(await running.answers(2, from: stream).last?.toolText == "ended")
            #expect(tool.cancellations == 0)
        }
    }

    @Test(
        "After the grace time calls are cancelled, and answered where the client still waits",
        arguments: Cause.allCases
    )
    func cancelled(cause: Cause) async throws {
        let tool = WaitingTool()
        try await RunningTransport.with(try makeServer(tool)) { running in
            running.client.send(Messages.initialize(id: "0"))
            running.client.send(Messages.call("wait", id: "1"))
            running.client.send(Messages.call("wait", id: "2"))
            await tool.started(2)
            let stream = cause == .lostReader ? nil : try running.client.startReading()
            cause.apply(to: running)
            await running.clock.hasSleeper(until: Self.grace)
            running.clock.advance(by: Self.grace)
            await running.ended.wait()
            #expect(tool.cancellations == 2)
            if let stream {
                running.client.finish()
                let answers = await running.answers(3, from: stream)
                let expected = cause == .shutdown ? ["cancelled", "cancelled"] : []
                #expect(answers.dropFirst().map(\.toolText) == expected)
            }
        }
    }

    @Test("A call that does not heed its cancellation is left behind when the time is over")
    func stubborn() async throws {
        let tool = WaitingTool(heedsCancellation: false)
        try await RunningTransport.with(try makeServer(tool)) { running in
            running.client.send(Messages.initialize(id: "0"))
            running.client.send(Messages.call("wait", id: "1"))
            await tool.started()
            running.client.endInput()
            await running.clock.hasSleeper(until: Self.limit)
            await running.clock.hasSleeper(until: Self.grace)
            running.clock.advance(by: Self.grace)
            #expect(!running.ended.isOpen)
            running.clock.advance(by: Self.limit - Self.grace)
            await running.ended.wait()
            tool.release()
        }
    }

    @Test("Answers nobody reads do not keep the session from ending")
    func unread() async throws {
        let text = String(repeating: "x", count: 90_000)
        try await RunningTransport.with(try makeServer()) { running in
            running.client.send(Messages.initialize(id: "0"))
            await (try running.client.sendInBackground([Messages.call("echo", #"{"text":"\#(text)"}"#)])).wait()
            running.client.endInput()
            await running.clock.hasSleeper(until: Self.limit)
            running.clock.advance(by: Self.limit)
            await running.ended.wait()
        }
    }

    @Test("Answers that wait for their reader are still written after the end of the input")
    func readLate() async throws {
        let text = String(repeating: "x", count: 90_000)
        try await RunningTransport.with(try makeServer()) { running in
            running.client.send(Messages.initialize(id: "0"))
            await (try running.client.sendInBackground([Messages.call("echo", #"{"text":"\#(text)"}"#)])).wait()
            running.client.endInput()
            await running.clock.hasSleeper(until: Self.limit)
            for _ in 0..<1000 {
                await Task.yield()
            }
            let stream = try running.client.startReading()
            await running.ended.wait()
            running.client.finish()
            #expect(await running.answers(2, from: stream).last?.toolText == text)
        }
    }

    @Test("A last line without a line feed is served")
    func lastLine() async throws {
        try await RunningTransport.with(try makeServer()) { running in
            let stream = try running.client.startReading()
            running.client.write(Messages.request("ping", id: "5").utf8)
            running.client.endInput()
            #expect(await running.answers(1, from: stream).first?["id"] == 5)
        }
    }

    @Test("Open subscriptions are told that they end")
    func subscriptions() async throws {
        try await RunningTransport.with(try makeServer()) { running in
            let stream = try running.client.startReading()
            running.client.send(Messages.modern("subscriptions/listen", #""notifications":{}"#, id: "9"))
            running.client.endInput()
            let messages = await running.answers(2, from: stream)
            #expect(messages.last?["id"] == 9)
            #expect(messages.last?["result"]?["resultType"] == "complete")
        }
    }

    @Test("Cancelling the task that runs the transport ends it in the same order")
    func cancelledTask() async throws {
        let tool = WaitingTool()
        let client = try PipeClient()
        let clock = TestClock()
        let transport = StdioTransport(server: try makeServer(tool), options: client.options(), clock: clock)
        try await withThrowingTaskGroup { group in
            group.addTask { try await transport.run() }
            client.send(Messages.initialize(id: "0"))
            client.send(Messages.call("wait", id: "1"))
            await tool.started()
            group.cancelAll()
            await clock.hasSleeper(until: Self.grace)
            clock.advance(by: Self.grace)
            try await group.waitForAll()
        }
        #expect(tool.cancellations == 1)
    }
}
