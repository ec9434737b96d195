import JaneeJSON
import Testing

@testable import JaneeMCP

/// A transport at work, and what a test needs to drive it.
struct RunningTransport {
    let client: PipeClient
    let transport: StdioTransport
    let clock: TestClock

    /// Open when `run` has returned.
    let ended: Latch

    /// Runs a transport beside the body; afterwards ends its input and waits until it has ended.
    static func with(
        _ server: MCPServer,
        limits: SessionLimits = SessionLimits(),
        maximumPendingBytes: Int = 32 << 20,
        _ body: @Sendable (RunningTransport) async throws -> Void
    ) async throws {
        let client = try PipeClient()
        let clock = TestClock()
        let options = client.options(limits: limits, maximumPendingBytes: maximumPendingBytes)
        let transport = StdioTransport(server: server, options: options, clock: clock)
        let ended = Latch()
        try await withThrowingTaskGroup { group in
            group.addTask {
                defer { ended.open() }
                try await transport.run()
            }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(
                    try await body(RunningTransport(client: client, transport: transport, clock: clock, ended: ended))
                )
            } catch {
                outcome = .failure(error)
            }
            client.endInput()
            try await group.waitForAll()
            client.finish()
            try outcome.get()
        }
    }

    /// Answers by their ids, as many as are expected; messages without an id are not counted.
    func answers(_ count: Int, from stream: AsyncStream<JSONValue>) async -> [JSONValue] {
        var answers: [JSONValue] = []
        for await message in stream {
            answers.append(message)
            if answers.count == count { break }
        }
        return answers
    }
}
