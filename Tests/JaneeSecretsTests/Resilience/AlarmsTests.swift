import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeSecrets

@Suite("Alarms")
struct AlarmsTests {
    private let clock = ManualClock()
    private let rung = Locked<[Int]>([])

    private var time: TimeSource { TimeSource(clock, calendar: { .zero }, sharesTimer: true) }

    private func set(_ number: Int, after seconds: Int, in time: TimeSource) -> Alarm {
        time.alarm(after: .seconds(seconds)) { [rung] in rung.withLock { $0.append(number) } }
    }

    /// Waits until the timer is set to this second.
    private func untilSet(to seconds: Int) async {
        while clock.nextDeadline?.offset != .seconds(seconds) { await Task.yield() }
    }

    private func untilRung(_ count: Int) async {
        while rung.withLock(\.count) < count { await Task.yield() }
    }

    @Test("ring at their time, in order, and once")
    func order() async {
        let time = time
        for (number, seconds) in [(3, 30), (1, 10), (2, 20)] { _ = set(number, after: seconds, in: time) }
        for (index, seconds) in [10, 20, 30].enumerated() {
            await untilSet(to: seconds)
            clock.advance(to: ManualClock.Instant(offset: .seconds(seconds)))
            await untilRung(index + 1)
        }
        #expect(rung.withLock { $0 } == [1, 2, 3])
        clock.advance(by: .seconds(1000))
        #expect(rung.withLock { $0 } == [1, 2, 3])
        #expect(clock.sleeperCount == 0)
    }

    @Test("that were taken back do not ring, and those at the same time do")
    func takenBack() async {
        let time = time
        let first = set(1, after: 10, in: time)
        _ = set(2, after: 10, in: time)
        let third = set(3, after: 10, in: time)
        first.cancel()
        third.cancel()
        third.cancel()
        await untilSet(to: 10)
        clock.advance(by: .seconds(10))
        await untilRung(1)
        #expect(rung.withLock { $0 } == [2])
        first.cancel()
    }

    @Test("whose time has come ring at once")
    func past() async {
        let time = time
        _ = set(1, after: 0, in: time)
        _ = set(2, after: -5, in: time)
        await untilRung(2)
    }

    @Test("take one timer together, and none when there are none")
    func oneTimer() async {
        let time = time
        for number in 0..<1000 {
            let alarm = set(number, after: 60, in: time)
            alarm.cancel()
        }
        await untilSet(to: 60)
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(60))
        while clock.sleeperCount > 0 { await Task.yield() }
        #expect(rung.withLock(\.isEmpty))
        _ = set(1, after: 5, in: time)
        await untilSet(to: 65)
        clock.advance(by: .seconds(5))
        await untilRung(1)
    }

    @Test("set and taken back at random ring exactly if they should", arguments: 0..<20)
    func random(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        let alarms = Alarms(
            now: { [clock] in clock.now.offset },
            sleep: { [clock] in try await clock.sleep(until: clock.now.advanced(by: $0)) }
        )
        var pending: [(number: Int, due: Int, alarm: Alarm)] = []
        var wanted: Set<Int> = []
        var now = 0
        for number in 0..<300 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0...1:
                let seconds = Int.random(in: 1...50, using: &generator)
                let alarm = alarms.set(after: .seconds(seconds)) { [rung] in rung.withLock { $0.append(number) } }
                pending.append((number, now + seconds, alarm))
            case 2 where !pending.isEmpty:
                pending.remove(at: Int.random(in: 0..<pending.count, using: &generator)).alarm.cancel()
            default:
                guard let next = pending.map(\.due).min() else { continue }
                // The timer may be set to an earlier time, of an alarm that was taken back.
                while clock.nextDeadline.map({ $0.offset <= .seconds(next) }) != true { await Task.yield() }
                now = next
                clock.advance(to: ManualClock.Instant(offset: .seconds(now)))
                wanted.formUnion(pending.filter { $0.due <= now }.map(\.number))
                pending.removeAll { $0.due <= now }
                while Set(rung.withLock { $0 }) != wanted { await Task.yield() }
            }
            #expect(alarms.count == pending.count)
        }
        #expect(rung.withLock(\.count) == wanted.count)
    }

    @Test("bound operations without a timer for each")
    func operations() async throws {
        let time = time
        for number in 0..<100 { #expect(try await withTimeLimit(.seconds(10), time) { number } == number) }
        #expect(clock.sleeperCount <= 1)
        let slow = Task { try await withTimeLimit(.seconds(1), time) { try? await time.sleep(for: .seconds(500)) } }
        await untilSet(to: 1)
        clock.advance(by: .seconds(1))
        #expect(try await slow.value == nil)
    }
}
