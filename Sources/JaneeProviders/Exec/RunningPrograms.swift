import JaneeSecrets
import Synchronization

/// The programs of a provider that run or are being ended, so that none outlives it.
final class RunningPrograms: Sendable {
    private struct Program {
        let cancel: @Sendable () -> Void
        let end: @Sendable () async -> Void
    }

    private struct State {
        var isClosed = false
        var lastNumber: UInt64 = 0
        var programs: [UInt64: Program] = [:]
    }

    private let state = Mutex(State())

    /// Runs a program, in a task of its own, because ending it takes longer than whoever gave up on it waits.
    ///
    /// - Throws: `PROVIDER_UNAVAILABLE` after ``close(within:_:)``.
    func begin<Value: Sendable>(
        _ work: @escaping @Sendable () async -> Value
    ) throws(SecretError) -> Task<Value, Never> {
        let task: Task<Value, Never>? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastNumber += 1
            let number = state.lastNumber
            // Owned by the table: ``close(within:_:)`` cancels it and waits for it.
            let task = Task {
                let value = await work()
                self.state.withLock { $0.programs[number] = nil }
                return value
            }
            state.programs[number] = Program(cancel: { task.cancel() }, end: { _ = await task.value })
            return task
        }
        guard let task else { throw SecretError(.providerUnavailable, "the provider is shut down") }
        return task
    }

    /// Ends all programs, and begins no more.
    ///
    /// - Parameter limit: How long to wait for those that take their time.
    func close(within limit: Duration, _ time: TimeSource) async {
        let programs = state.withLock { state in
            state.isClosed = true
            return Array(state.programs.values)
        }
        for program in programs { program.cancel() }
        _ = try? await withTimeLimit(limit, time) {
            await withTaskGroup { group in
                for program in programs { group.addTask { await program.end() } }
            }
        }
    }
}
