import Synchronization

/// Runs an operation for at most some time.
///
/// An operation that does not stop when it is cancelled is left behind instead of being waited for: a provider that
/// hangs must not make others hang.
///
/// - Returns: Its result; nil if the time is up.
/// - Throws: `CancellationError` if the calling task is cancelled.
package func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    _ time: TimeSource,
    _ operation: @escaping @Sendable () async -> Value
) async throws(CancellationError) -> Value? {
    let race = Race<Value>()
    let alarm = time.alarm(after: limit) { race.end(.timeIsUp) }
    defer { alarm.cancel() }
    let outcome = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            race.begin(continuation)
            // It ends with the race: if it loses, it is cancelled.
            race.add(Task { race.end(.value(await operation())) })
        }
    } onCancel: {
        race.end(.cancelled)
    }
    switch outcome {
    case .value(let value): return value
    case .timeIsUp: return nil
    case .cancelled: throw CancellationError()
    }
}

/// Runs an operation that throws for at most some time.
///
/// - Returns: Its result; nil if the time is up.
/// - Throws: What the operation throws; ``SecretError/cancelled`` if the calling task is cancelled.
package func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    _ time: TimeSource,
    throwing operation: @escaping @Sendable () async throws(SecretError) -> Value
) async throws(SecretError) -> Value? {
    let result: Result<Value, SecretError>?
    do throws(CancellationError) {
        result = try await withTimeLimit(limit, time) { () -> Result<Value, SecretError> in
            do throws(SecretError) {
                return .success(try await operation())
            } catch {
                return .failure(error)
            }
        }
    } catch {
        throw .cancelled
    }
    return try result?.get()
}

/// An operation, the end of its time and a cancellation, of which the first decides.
private final class Race<Value: Sendable>: Sendable {
    enum Outcome: Sendable {
        case value(Value)
        case timeIsUp
        case cancelled
    }

    private struct State {
        var continuation: CheckedContinuation<Outcome, Never>?
        var outcome: Outcome?
        var operation: Task<Void, Never>?
    }

    private let state = Mutex(State())

    func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome = state.withLock { state in
            if state.outcome == nil { state.continuation = continuation }
            return state.outcome
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    func add(_ task: Task<Void, Never>) {
        let isOver = state.withLock { state in
            if state.outcome == nil { state.operation = task }
            return state.outcome != nil
        }
        if isOver { task.cancel() }
    }

    func end(_ outcome: Outcome) {
        let (continuation, operation) = state.withLock { state in
            guard state.outcome == nil else {
                return (CheckedContinuation<Outcome, Never>?.none, Task<Void, Never>?.none)
            }
            state.outcome = outcome
            return (state.continuation.take(), state.operation.take())
        }
        continuation?.resume(returning: outcome)
        operation?.cancel()
    }
}
