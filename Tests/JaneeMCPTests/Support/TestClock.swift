import Synchronization

/// A clock that stands still until the test moves it.
final class TestClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant {
            Instant(offset: offset + duration)
        }

        func duration(to other: Instant) -> Duration {
            other.offset - offset
        }

        static func < (left: Instant, right: Instant) -> Bool {
            left.offset < right.offset
        }
    }

    private typealias Observer = (deadline: Instant, continuation: CheckedContinuation<Void, Never>)

    private struct State {
        var now = Instant(offset: .zero)
        var nextSleeper = 0
        var sleepers: [Int: (deadline: Instant, continuation: CheckedContinuation<Bool, Never>)] = [:]
        var observers: [Observer] = []
    }

    private let state = Mutex(State())

    var now: Instant {
        state.withLock { $0.now }
    }

    var minimumResolution: Duration {
        .zero
    }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isDone, observers) = state.withLock { state -> (Bool, [Observer]) in
                    if Task.isCancelled || deadline <= state.now { return (true, []) }
                    state.sleepers[number] = (deadline, continuation)
                    defer { state.observers.removeAll { $0.deadline == deadline } }
                    return (false, state.observers.filter { $0.deadline == deadline })
                }
                if isDone { continuation.resume(returning: !Task.isCancelled) }
                for observer in observers {
                    observer.continuation.resume()
                }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation.resume(returning: false)
        }
        guard isOver else { throw CancellationError() }
    }

    /// Moves the time on; who has slept until then wakes up.
    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let now = state.now
            let due = state.sleepers.filter { $0.value.deadline <= now }
            for number in due.keys {
                state.sleepers[number] = nil
            }
            return due.values.map(\.continuation)
        }
        for sleeper in woken {
            sleeper.resume(returning: true)
        }
    }

    /// Returns when somebody sleeps until that time after the clock's beginning.
    func hasSleeper(until offset: Duration) async {
        let deadline = Instant(offset: offset)
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                if state.sleepers.values.contains(where: { $0.deadline == deadline }) { return true }
                state.observers.append((deadline, continuation))
                return false
            }
            if isSo { continuation.resume() }
        }
    }
}
