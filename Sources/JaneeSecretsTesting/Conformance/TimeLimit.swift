/// Runs work that may never end, and gives up on it after a time.
struct TimeLimit: Sendable {
    let patience: Duration
    let clock: any Clock<Duration>

    /// The work's result; nil if it took longer or the calling task was cancelled.
    func run<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value? {
        let (results, continuation) = AsyncStream<Value?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        // A task of its own, because a task group waits for all of its tasks and a provider that ignores its cancellation
        // must not hang whoever tests it.
        let worker = Task { continuation.yield(await work()) }
        // Not in a group either: it would wait for the worker as well.
        let timer = Task { [clock, patience] in
            try? await clock.sleep(for: patience)
            continuation.yield(nil)
        }
        defer {
            worker.cancel()
            timer.cancel()
        }
        var iterator = results.makeAsyncIterator()
        return await iterator.next() ?? nil
    }
}
