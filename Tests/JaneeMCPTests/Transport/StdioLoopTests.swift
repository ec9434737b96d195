import Synchronization
import Testing

@testable import JaneeMCP

@Suite("The reading thread", .timeLimit(.minutes(1)))
struct StdioLoopTests {
    @Test("While answers pile up nothing is read, so what waits is limited")
    func congestion() async throws {
        let limit = 200_000
        let answer = [UInt8](repeating: UInt8(ascii: "1"), count: 90_000)
        let client = try PipeClient()
        let loop = try StdioLoop(client.options(maximumPendingBytes: limit))
        let most = Mutex(0)
        let congested = Latch()
        try loop.start(maximumLineBytes: 1_000_000) { _ in
            loop.writer.send(answer)
            guard case .pending(let bytes) = loop.writer.status else { return }
            most.withLock { $0 = max($0, bytes) }
            if bytes > limit { congested.open() }
        }

        // One read is shorter than a line, so between two looks at what waits there is at most one answer.
        let line = String(repeating: "x", count: 70_000)
        try client.sendInBackground(Array(repeating: line, count: 50))
        await congested.wait()
        for _ in 0..<10_000 {
            await Task.yield()
        }
        var answers = try client.startReading().makeAsyncIterator()
        for _ in 0..<50 {
            _ = await answers.next()
        }
        #expect(most.withLock { $0 } <= limit + answer.count + 1)

        loop.stop()
        await loop.stopped.wait()
        client.finish()
        #expect(await answers.next() == nil)
    }
}
