import Synchronization

/// Lets callers that ask for the same at the same time share one answer.
///
/// Whoever comes while a flight is under way waits for its end. A caller that is cancelled leaves without disturbing the
/// others; when the last one has left, the flight is cancelled.
public final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Flight {
        let number: UInt64
        let task: Task<Void, Never>
        var waiting: [UInt64: CheckedContinuation<Value?, Never>]
    }

    private struct State {
        var lastNumber: UInt64 = 0
        var flights: [Key: Flight] = [:]

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private let state = Mutex(State())

    /// Makes an empty table of flights.
    public init() {}

    /// How many flights are under way.
    public var count: Int { state.withLock { $0.flights.count } }

    /// The answer of the flight for `key`, which `body` makes if there is none; nil if the calling task is cancelled.
    ///
    /// - Parameters:
    ///   - key: What is asked for.
    ///   - onJoin: It is called if there is a flight already.
    ///   - body: It runs in a task of its own, because it may outlive the caller that began it.
    public func value(
        for key: Key,
        onJoin: () -> Void = {},
        _ body: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let caller = state.withLock { $0.nextNumber() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let hasJoined = state.withLock { state -> Bool? in
                    // The handler may have run already: it found no caller then, so the flag decides under the lock.
                    if Task.isCancelled { return nil }
                    return join(key, caller, continuation, body, &state)
                }
                switch hasJoined {
                case nil: continuation.resume(returning: nil)
                case true?: onJoin()
                case false?: break
                }
            }
        } onCancel: {
            leave(key, caller)
        }
    }

    /// - Returns: Whether there was a flight.
    private func join(
        _ key: Key,
        _ caller: UInt64,
        _ continuation: CheckedContinuation<Value?, Never>,
        _ body: @escaping @Sendable () async -> Value,
        _ state: inout State
    ) -> Bool {
        if state.flights[key] != nil {
            state.flights[key]?.waiting[caller] = continuation
            return true
        }
        let number = state.nextNumber()
        // Owned by the flight: it ends with the answer, or is cancelled when nobody waits for it any more.
        let task = Task { [self] in
            let value = await body()
            land(key, number, value)
        }
        state.flights[key] = Flight(number: number, task: task, waiting: [caller: continuation])
        return false
    }

    private func land(_ key: Key, _ number: UInt64, _ value: Value) {
        let waiting = state.withLock { state in
            // A flight that everybody has left may have been followed by another one for the same key.
            guard state.flights[key]?.number == number else { return [CheckedContinuation<Value?, Never>]() }
            return state.flights.removeValue(forKey: key).map { Array($0.waiting.values) } ?? []
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    private func leave(_ key: Key, _ caller: UInt64) {
        let (continuation, task) = state.withLock { state in
            guard let continuation = state.flights[key]?.waiting.removeValue(forKey: caller) else {
                return (CheckedContinuation<Value?, Never>?.none, Task<Void, Never>?.none)
            }
            guard state.flights[key]?.waiting.isEmpty == true else { return (continuation, nil) }
            return (continuation, state.flights.removeValue(forKey: key)?.task)
        }
        task?.cancel()
        continuation?.resume(returning: nil)
    }
}
