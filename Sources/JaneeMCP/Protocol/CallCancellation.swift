import Synchronization

/// A handle by which one call can be cancelled from outside its task, before or while it runs.
///
/// A task group can only cancel all of its tasks together, and a task of its own for each call would be a task that
/// nobody waits for.
final class CallCancellation: Sendable {
    private enum State {
        case waiting
        case running(RunningTask)
        case cancelled
        case ended
    }

    // `UnsafeCurrentTask` may be cancelled from any thread, but must not be used after its task has ended. It gets in
    // here from within that task and is taken out before `run` returns; `cancel` uses it only under the same lock.
    private struct RunningTask: @unchecked Sendable {
        let task: UnsafeCurrentTask
    }

    private let state = Mutex(State.waiting)

    /// Does the work in the current task; nil when the call was cancelled before it began.
    func run<Result: Sendable>(_ work: () async -> Result) async -> Result? {
        await withUnsafeCurrentTask { task in
            guard let task, start(RunningTask(task: task)) else { return nil }
            defer { state.withLock { $0 = .ended } }
            return await work()
        }
    }

    /// Cancels the call; does nothing when it has ended.
    func cancel() {
        state.withLock { state in
            switch state {
            case .waiting: state = .cancelled
            case .running(let running): running.task.cancel()
            case .cancelled, .ended: break
            }
        }
    }

    private func start(_ running: RunningTask) -> Bool {
        state.withLock { state in
            guard case .waiting = state else { return false }
            state = .running(running)
            return true
        }
    }
}
