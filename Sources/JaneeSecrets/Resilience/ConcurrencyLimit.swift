import Synchronization

/// Lets a number of operations run at a time; the others wait for their turn, in the order in which they came.
public final class ConcurrencyLimit: Sendable {
    /// What waiting led to.
    public enum Outcome: Sendable, Hashable {
        /// The operation may run; it must call ``release()`` when it has ended.
        case acquired
        case timedOut
        case cancelled
    }

    private struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var free: Int
        var lastNumber: UInt64 = 0
        var waiters: [Waiter] = []
        /// The first waiter.
        ///
        /// Those before it have had their turn; it moves instead of shifting all the others.
        var first = 0
        /// Those whose time was up before they stood in the queue.
        var late: Set<UInt64> = []
    }

    private let state: Mutex<State>

    /// Makes a limit.
    public init(_ maximum: Int) {
        state = Mutex(State(free: max(maximum, 1)))
    }

    /// How many operations wait.
    public var waitingCount: Int { state.withLock { $0.waiters.count - $0.first } }

    /// Waits for a turn, for at most `patience`.
    public func acquire(within patience: Duration, _ time: TimeSource) async -> Outcome {
        if Task.isCancelled { return .cancelled }
        let number: UInt64? = state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            state.lastNumber += 1
            return state.lastNumber
        }
        guard let number else { return .acquired }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                guard (try? await time.sleep(for: patience)) != nil else { return }
                dismiss(number, .timedOut)
            }
            let outcome = await turn(of: number)
            group.cancelAll()
            await group.waitForAll()
            _ = state.withLock { $0.late.remove(number) }
            return outcome
        }
    }

    /// Ends an operation, so that the next one gets its turn.
    public func release() {
        let next = state.withLock { state -> Waiter? in
            guard state.first < state.waiters.count else {
                state.free += 1
                return nil
            }
            let next = state.waiters[state.first]
            state.first += 1
            if state.first * 2 > state.waiters.count {
                state.waiters.removeFirst(state.first)
                state.first = 0
            }
            return next
        }
        next?.continuation.resume(returning: .acquired)
    }

    private func turn(of number: UInt64) async -> Outcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: Outcome? = state.withLock { state in
                    // The handler may have run already: it found no waiter then, so the flag decides under the lock.
                    if Task.isCancelled { return .cancelled }
                    if state.late.contains(number) { return .timedOut }
                    if state.free > 0 {
                        state.free -= 1
                        return .acquired
                    }
                    state.waiters.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            dismiss(number, .cancelled)
        }
    }

    private func dismiss(_ number: UInt64, _ outcome: Outcome) {
        let waiter = state.withLock { state in
            let index = state.waiters[state.first...].firstIndex { $0.number == number }
            if index == nil { state.late.insert(number) }
            return index.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: outcome)
    }
}
