import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeSecrets

@Suite("Operations with a time limit")
struct TimeLimitedTests {
    private let clock = ManualClock()

    private var time: TimeSource { TimeSource(clock) { .zero } }

    @Test("an operation that ends in time gives its result, and leaves no timer behind")
    func inTime() async throws {
        #expect(try await withTimeLimit(.seconds(1), time) { 7 } == 7)
        while clock.sleeperCount > 0 { await Task.yield() }
    }

    @Test("an operation that takes too long is cancelled")
    func tooLong() async throws {
        let time = time
        let ended = Gate()
        let result = Task {
            try await withTimeLimit(.seconds(1), time) {
                try? await time.sleep(for: .seconds(60))
                if Task.isCancelled { ended.open() }
                return 7
            }
        }
        await clock.untilSleeping(2)
        clock.advance(by: .milliseconds(999))
        #expect(clock.sleeperCount == 2)
        clock.advance(by: .milliseconds(1))
        #expect(try await result.value == nil)
        await ended.wait()
    }

    @Test("an operation that does not listen is left behind")
    func deaf() async throws {
        let time = time
        let gate = Gate()
        let result = Task {
            try await withTimeLimit(.seconds(1), time) {
                await gate.wait()
                return 7
            }
        }
        await clock.untilSleeping()
        clock.advance(by: .seconds(1))
        #expect(try await result.value == nil)
        gate.open()
    }

    @Test("a caller that is cancelled does not wait either")
    func cancellation() async throws {
        let time = time
        let gate = Gate()
        let result = Task { try await withTimeLimit(.seconds(1), time) { await gate.wait() } }
        await clock.untilSleeping()
        result.cancel()
        await #expect(throws: CancellationError.self) { try await result.value }
        gate.open()
        while clock.sleeperCount > 0 { await Task.yield() }
    }

    @Test("a caller that was cancelled before does not wait")
    func cancelledBefore() async throws {
        let time = time
        let result = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await withTimeLimit(.seconds(1), time) { try? await time.sleep(for: .seconds(60)) }
        }
        result.cancel()
        await #expect(throws: CancellationError.self) { try await result.value }
    }

    @Test("the time goes by as the clock does, and not below zero waits")
    func source() async throws {
        let time = time
        #expect(time.now == .zero)
        clock.advance(by: .seconds(3))
        #expect(time.now == .seconds(3))
        try await time.sleep(for: .zero)
        try await time.sleep(for: .seconds(-1))
        let calendar = TimeSource.system.sinceEpoch
        #expect(calendar > .seconds(1_700_000_000) && calendar < .seconds(10_000_000_000))
    }
}
