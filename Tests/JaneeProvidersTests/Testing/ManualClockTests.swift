import JaneeSecretsTesting
import Synchronization
import Testing

@Suite("The manual clock")
struct ManualClockTests {
    /// What happened, in order.
    private final class Record: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    @Test("time stands still until the test moves it, and never goes back")
    func advancing() {
        let clock = ManualClock(now: .init(offset: .seconds(5)))
        #expect(clock.now.offset == .seconds(5))
        clock.advance(by: .milliseconds(1500))
        #expect(clock.now.offset == .milliseconds(6500))
        clock.advance(by: .seconds(-3))
        clock.advance(to: .init(offset: .seconds(1)))
        #expect(clock.now.offset == .milliseconds(6500))
        clock.advance(to: .init(offset: .seconds(10)))
        #expect(clock.now == .init(offset: .seconds(10)))
        #expect(clock.measure { clock.advance(by: .seconds(2)) } == .seconds(2))
    }

    @Test("sleeping until now or before does not wait")
    func noSleep() async throws {
        let clock = ManualClock(now: .init(offset: .seconds(5)))
        try await clock.sleep(for: .zero)
        try await clock.sleep(until: .init(offset: .seconds(3)))
        #expect(clock.sleeperCount == 0)
    }

    @Test("a sleeper wakes at its deadline, not before")
    func deadline() async throws {
        let clock = ManualClock()
        let record = Record()
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                try await clock.sleep(for: .seconds(10))
                record.add("awake at \(clock.now)")
            }
            await clock.untilSleeping()
            #expect(clock.nextDeadline?.offset == .seconds(10))
            clock.advance(by: .milliseconds(9999))
            #expect(clock.sleeperCount == 1)
            #expect(record.all == [])
            clock.advance(by: .milliseconds(1))
            #expect(clock.sleeperCount == 0)
        }
        #expect(record.all == ["awake at 10.0 seconds"])
    }

    @Test("only those wake whose time has come")
    func order() async throws {
        let clock = ManualClock()
        let seconds = [3, 1, 2, 1, 3, 2]
        let tasks = seconds.map { seconds in
            (seconds, Task { try await clock.sleep(for: .seconds(seconds)) })
        }
        await clock.untilSleeping(seconds.count)
        for now in 1...3 {
            clock.advance(by: .seconds(1))
            for (_, task) in tasks.filter({ $0.0 == now }) { try await task.value }
            #expect(clock.sleeperCount == seconds.count { $0 > now })
        }
    }

    @Test("the clock can be moved from deadline to deadline")
    func stepping() async throws {
        let clock = ManualClock()
        #expect(!clock.advanceToNextDeadline())
        try await withThrowingDiscardingTaskGroup { group in
            for seconds in [4, 2] { group.addTask { try await clock.sleep(for: .seconds(seconds)) } }
            await clock.untilSleeping(2)
            #expect(clock.advanceToNextDeadline())
            #expect(clock.now.offset == .seconds(2))
            #expect(clock.advanceToNextDeadline())
            #expect(clock.now.offset == .seconds(4))
            #expect(!clock.advanceToNextDeadline())
        }
    }

    @Test("a cancelled sleeper throws at once and the others sleep on")
    func cancellation() async throws {
        let clock = ManualClock()
        let patient = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.untilSleeping(1)
        let cancelled = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.untilSleeping(2)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(1))
        try await patient.value
    }

    @Test("a task that is cancelled before it sleeps does not sleep")
    func cancelledBefore() async {
        let clock = ManualClock()
        await withDiscardingTaskGroup { group in
            group.cancelAll()
            group.addTask {
                await #expect(throws: CancellationError.self) { try await clock.sleep(for: .seconds(1)) }
            }
        }
        #expect(clock.sleeperCount == 0)
    }

    @Test("many sleepers that are woken and cancelled at once each end once")
    func race() async {
        let clock = ManualClock()
        for _ in 0..<20 {
            let tasks = (0..<20)
                .map { number in
                    Task { try await clock.sleep(for: .milliseconds(number + 1)) }
                }
            await clock.untilSleeping(20)
            await withDiscardingTaskGroup { group in
                group.addTask { clock.advance(by: .milliseconds(20)) }
                for task in tasks { group.addTask { task.cancel() } }
            }
            for task in tasks { _ = await task.result }
            #expect(clock.sleeperCount == 0)
        }
    }

    @Test("waiting for sleepers ends when the waiting task is cancelled")
    func cancelledObserver() async {
        let clock = ManualClock()
        let waiting = Task { await clock.untilSleeping(3) }
        waiting.cancel()
        await waiting.value
        #expect(clock.sleeperCount == 0)
    }
}
