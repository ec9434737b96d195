import Synchronization

/// Calls for a later time, nearly all of which are cancelled before it comes.
///
/// One sleeping task serves them all. A timer of its own for each operation, made to be thrown away a moment later, wakes
/// two more threads each time and stays in the system's queue for as long as the operation would have been allowed.
final class Alarms: Sendable {
    private struct Call {
        let due: Duration
        let action: @Sendable () -> Void
    }

    private struct State {
        var lastNumber: UInt64 = 0
        /// As many as there are operations under way, so that looking at all of them is cheap.
        var calls: [UInt64: Call] = [:]
        /// When the sleeping task looks next; nil if there is none.
        var wakes: Duration?
        var sleeper: Task<Void, Never>?
    }

    private let now: @Sendable () -> Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    private let state = Mutex(State())

    /// Makes none.
    ///
    /// - Parameters:
    ///   - now: The time since some beginning.
    ///   - sleep: How to wait.
    init(now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    deinit {
        state.withLock { $0.sleeper?.cancel() }
    }

    /// Calls `action` once, when `duration` has passed.
    ///
    /// - Returns: What takes it back.
    func set(after duration: Duration, _ action: @escaping @Sendable () -> Void) -> Alarm {
        let due = now() + max(duration, .zero)
        let number = state.withLock { state in
            state.lastNumber += 1
            state.calls[state.lastNumber] = Call(due: due, action: action)
            wake(by: due, &state)
            return state.lastNumber
        }
        return Alarm { [self] in state.withLock { _ = $0.calls.removeValue(forKey: number) } }
    }

    /// How many have not been called or taken back.
    var count: Int { state.withLock { $0.calls.count } }

    /// Makes sure that the sleeping task looks at `due` at the latest.
    private func wake(by due: Duration, _ state: inout State) {
        if let wakes = state.wakes, wakes <= due { return }
        state.sleeper?.cancel()
        state.wakes = due
        // It ends when there is nothing left to wait for; then the next alarm makes another one.
        state.sleeper = Task { [weak self, sleep] in
            var next: Duration? = due
            while let due = next {
                guard let now = self?.now(), (try? await sleep(due - now)) != nil else { return }
                next = self?.ring()
            }
        }
    }

    /// Calls what is due.
    ///
    /// - Returns: When to look again.
    private func ring() -> Duration? {
        let now = now()
        let (due, next) = state.withLock { state in
            // An earlier alarm has put another task in this one's place.
            guard !Task.isCancelled else { return ([Call](), Duration?.none) }
            let due = state.calls.filter { $0.value.due <= now }
            for number in due.keys { state.calls[number] = nil }
            state.wakes = state.calls.values.map(\.due).min()
            return (due.values.sorted { $0.due < $1.due }, state.wakes)
        }
        for call in due { call.action() }
        return next
    }
}

/// A call for a later time.
package struct Alarm: Sendable {
    private let take: @Sendable () -> Void

    init(_ take: @escaping @Sendable () -> Void) {
        self.take = take
    }

    /// Takes it back; nothing happens if it has been called.
    package func cancel() {
        take()
    }
}
