import Synchronization

/// A clock whose time only the test moves.
///
/// Code that takes its clock as a parameter is tested without waiting: start it, wait with ``untilSleeping(_:)`` until it
/// sleeps, and ``advance(by:)``.
public final class ManualClock: Clock {
    /// A time of a manual clock: how far it is from the clock's beginning.
    public struct Instant: InstantProtocol, CustomStringConvertible {
        /// The time since the clock's beginning.
        public var offset: Duration

        /// Makes a time.
        public init(offset: Duration) {
            self.offset = offset
        }

        /// The time `duration` later.
        public func advanced(by duration: Duration) -> Instant {
            Instant(offset: offset + duration)
        }

        /// How long it is from this time to `other`.
        public func duration(to other: Instant) -> Duration {
            other.offset - offset
        }

        /// Whether `left` is earlier than `right`.
        public static func < (left: Instant, right: Instant) -> Bool {
            left.offset < right.offset
        }

        /// The time since the clock's beginning.
        public var description: String { "\(offset)" }
    }

    private struct Sleeper {
        let number: Int
        let deadline: Instant
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct Observer {
        let number: Int
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Instant
        var lastNumber = 0
        var sleepers: [Sleeper] = []
        var observers: [Observer] = []

        mutating func nextNumber() -> Int {
            lastNumber += 1
            return lastNumber
        }

        mutating func removeSatisfiedObservers() -> [CheckedContinuation<Void, Never>] {
            let satisfied = observers.filter { $0.count <= sleepers.count }
            observers.removeAll { $0.count <= sleepers.count }
            return satisfied.map(\.continuation)
        }
    }

    private let state: Mutex<State>

    /// Makes a clock that stands at `now`.
    public init(now: Instant = Instant(offset: .zero)) {
        state = Mutex(State(now: now))
    }

    /// The time at which the clock stands.
    public var now: Instant { state.withLock { $0.now } }

    /// Any difference counts.
    public var minimumResolution: Duration { .zero }

    /// How many tasks sleep.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// The time at which the next sleeper wakes; nil if nobody sleeps.
    public var nextDeadline: Instant? { state.withLock { $0.sleepers.map(\.deadline).min() } }

    /// Sleeps until the test has moved the clock to `deadline`.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let number = state.withLock { $0.nextNumber() }
        let hasSlept = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (result, observers) = state.withLock { state -> (Bool?, [CheckedContinuation<Void, Never>]) in
                    // The handler may have run already: it found no sleeper then, so the flag decides under the lock.
                    if Task.isCancelled { return (false, []) }
                    if deadline <= state.now { return (true, []) }
                    state.sleepers.append(Sleeper(number: number, deadline: deadline, continuation: continuation))
                    return (nil, state.removeSatisfiedObservers())
                }
                if let result { continuation.resume(returning: result) }
                for observer in observers { observer.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(returning: false)
        }
        guard hasSlept else { throw CancellationError() }
    }

    /// Moves the clock on; a negative duration leaves it where it is.
    ///
    /// When this returns, those whose time has come have been woken but need not have run.
    public func advance(by duration: Duration) {
        advance { $0.advanced(by: duration) }
    }

    /// Moves the clock on to a time; a time before ``now`` leaves it where it is.
    public func advance(to instant: Instant) {
        advance { _ in instant }
    }

    /// Moves the clock to the next deadline, which wakes at least one sleeper; false if nobody sleeps.
    @discardableResult
    public func advanceToNextDeadline() -> Bool {
        guard let deadline = nextDeadline else { return false }
        advance(to: deadline)
        return true
    }

    private func advance(to target: (Instant) -> Instant) {
        let due = state.withLock { state in
            state.now = max(state.now, target(state.now))
            let now = state.now
            let due = state.sleepers.filter { $0.deadline <= now }
            state.sleepers.removeAll { $0.deadline <= now }
            return due.sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Returns as soon as at least `count` tasks sleep, or when the calling task is cancelled.
    public func untilSleeping(_ count: Int = 1) async {
        let number = state.withLock { $0.nextNumber() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if Task.isCancelled || state.sleepers.count >= count { return true }
                    state.observers.append(Observer(number: number, count: count, continuation: continuation))
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let observer = state.withLock { state in
                state.observers.firstIndex { $0.number == number }.map { state.observers.remove(at: $0) }
            }
            observer?.continuation.resume()
        }
    }
}
