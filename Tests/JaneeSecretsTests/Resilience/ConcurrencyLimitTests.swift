import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@Suite("How many run at a time")
struct ConcurrencyLimitTests {
    private let clock = ManualClock()

    private var time: TimeSource { TimeSource(clock) { .zero } }

    @Test("never more than allowed, and all get their turn", arguments: [1, 3, 16])
    func bound(maximum: Int) async {
        let limit = ConcurrencyLimit(maximum)
        let time = time
        let running = Locked((now: 0, most: 0, all: 0))
        await withTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    #expect(await limit.acquire(within: .seconds(10), time) == .acquired)
                    running.withLock {
                        $0.now += 1
                        $0.all += 1
                        $0.most = max($0.most, $0.now)
                    }
                    for _ in 0..<5 { await Task.yield() }
                    running.withLock { $0.now -= 1 }
                    limit.release()
                }
            }
        }
        let (now, most, all) = running.withLock { $0 }
        #expect((now, all) == (0, 200))
        #expect(most <= maximum)
        #expect(limit.waitingCount == 0)
        for _ in 0..<maximum { #expect(await limit.acquire(within: .zero, time) == .acquired) }
        #expect(await limit.acquire(within: .zero, time) == .timedOut)
    }

    @Test("turns come in the order of asking")
    func order() async {
        let limit = ConcurrencyLimit(1)
        let time = time
        #expect(await limit.acquire(within: .zero, time) == .acquired)
        let seen = Locked<[Int]>([])
        var tasks: [Task<Void, Never>] = []
        for number in 0..<20 {
            tasks.append(
                Task {
                    #expect(await limit.acquire(within: .seconds(1), time) == .acquired)
                    seen.withLock { $0.append(number) }
                    limit.release()
                }
            )
            while limit.waitingCount <= number { await Task.yield() }
        }
        limit.release()
        for task in tasks { await task.value }
        #expect(seen.withLock { $0 } == Array(0..<20))
    }

    @Test("waiting ends with the patience, and the turn goes to somebody else")
    func patience() async {
        let limit = ConcurrencyLimit(1)
        let time = time
        #expect(await limit.acquire(within: .zero, time) == .acquired)
        let impatient = Task { await limit.acquire(within: .seconds(2), time) }
        let patient = Task { await limit.acquire(within: .seconds(5), time) }
        await clock.untilSleeping(2)
        while limit.waitingCount < 2 { await Task.yield() }
        clock.advance(by: .seconds(2))
        #expect(await impatient.value == .timedOut)
        limit.release()
        #expect(await patient.value == .acquired)
        limit.release()
        #expect(await limit.acquire(within: .zero, time) == .acquired)
    }

    @Test("a cancelled wait takes no turn")
    func cancellation() async {
        let limit = ConcurrencyLimit(1)
        let time = time
        #expect(await limit.acquire(within: .zero, time) == .acquired)
        let task = Task { await limit.acquire(within: .seconds(2), time) }
        while limit.waitingCount < 1 { await Task.yield() }
        task.cancel()
        #expect(await task.value == .cancelled)
        limit.release()
        #expect(await limit.acquire(within: .zero, time) == .acquired)
    }
}
