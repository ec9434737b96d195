import JaneeSecrets
import Subprocess
import Synchronization

/// A running plug-in that answers requests, one JSON object a line, in any order.
///
/// It is started with the session and ends with it. When it ends by itself, everything that waits for an answer fails,
/// and whoever needs it again makes another session.
final class PluginSession: Sendable {
    private typealias Answer = Result<PluginAnswer, SecretError>

    private struct State {
        var lastID = 0
        /// When the requests were made that have no answer yet, those included that nobody waits for any more.
        var unanswered: [Int: Duration] = [:]
        var lastAnswer = Duration.zero
        var waiting: [Int: CheckedContinuation<Answer, Never>] = [:]
        /// Why it has ended.
        var failure: SecretError?
        var task: Task<Void, Never>?
    }

    /// A plug-in that owes this many answers will not give them.
    private static let mostUnanswered = 1024

    private let time: TimeSource
    private let requests: AsyncStream<[UInt8]>
    private let queue: AsyncStream<[UInt8]>.Continuation
    private let state = Mutex(State())

    /// Starts the plug-in.
    ///
    /// - Throws: `PROVIDER_UNAVAILABLE` if no program is to be started any more.
    init(
        _ command: PluginCommand,
        _ arguments: [String],
        _ programs: RunningPrograms,
        _ time: TimeSource
    ) throws(SecretError) {
        PluginCommand.survivesBrokenPipes()
        self.time = time
        (requests, queue) = AsyncStream.makeStream()
        let receive: @Sendable ([UInt8]) -> Bool = { [weak self] line in self?.receive(line) ?? false }
        let finish: @Sendable (SecretError) -> Void = { [weak self] failure in self?.finish(failure) }
        let task = try programs.begin { [requests] in
            finish(await Self.run(command, arguments, requests, receive))
        }
        state.withLock { $0.task = task }
    }

    deinit { abort() }

    /// Whether it takes requests.
    var isRunning: Bool { state.withLock { $0.failure == nil } }

    /// Whether it owes an answer for longer than anybody waits, and has given no other one meanwhile.
    func isHanging(after patience: Duration) -> Bool {
        let now = time.now
        return state.withLock { state in
            guard let oldest = state.unanswered.values.min() else { return false }
            return state.unanswered.count >= Self.mostUnanswered
                || now - max(oldest, state.lastAnswer) >= patience * 0.9
        }
    }

    /// Asks the plug-in; an answer that comes after the caller has gone is dropped.
    func ask(_ request: PluginRequest) async throws(SecretError) -> PluginAnswer {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let given: Answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let failure: SecretError? = state.withLock { state in
                    if let failure = state.failure { return failure }
                    // The handler may have run already: it found nobody then, so the flag decides under the lock.
                    if Task.isCancelled { return .cancelled }
                    state.waiting[id] = continuation
                    state.unanswered[id] = time.now
                    return nil
                }
                if let failure {
                    continuation.resume(returning: .failure(failure))
                } else {
                    queue.yield(request.line(id: id))
                }
            }
        } onCancel: {
            answer(id, .failure(.cancelled))
        }
        return try given.get()
    }

    /// Lets the plug-in end: its input ends, and if it does not heed that, it is killed.
    func end(within limit: Duration, _ time: TimeSource) async {
        queue.finish()
        let task = state.withLock { $0.task }
        do throws(CancellationError) {
            if try await withTimeLimit(limit, time, { await task?.value }) != nil { return }
        } catch {}
        task?.cancel()
        await task?.value
    }

    /// Ends the plug-in at once.
    func abort() {
        queue.finish()
        state.withLock { $0.task }?.cancel()
    }

    /// - Returns: Whether the line was an answer.
    private func receive(_ line: [UInt8]) -> Bool {
        guard let message = PluginMessage(line) else { return false }
        let now = time.now
        state.withLock { state in
            state.unanswered[message.id] = nil
            state.lastAnswer = now
        }
        answer(message.id, .success(message.answer))
        return true
    }

    private func answer(_ id: Int, _ answer: Answer) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: answer)
    }

    private func finish(_ failure: SecretError) {
        let waiting = state.withLock { state in
            state.failure = failure
            defer { state.waiting = [:] }
            return state.waiting.values.map { $0 }
        }
        for continuation in waiting { continuation.resume(returning: .failure(failure)) }
    }

    /// Runs the plug-in to its end.
    ///
    /// - Parameter receive: Takes each line and says whether it makes sense.
    private static func run(
        _ command: PluginCommand,
        _ arguments: [String],
        _ requests: AsyncStream<[UInt8]>,
        _ receive: @escaping @Sendable ([UInt8]) -> Bool
    ) async -> SecretError {
        let group = ProcessGroup()
        defer { group.end() }
        do {
            try command.check()
            _ = try await Subprocess.run(
                command.configuration(arguments: arguments),
                input: .inputWriter,
                output: .sequence,
                error: .discarded
            ) { execution in
                group.set(execution.processIdentifier)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for await line in requests { _ = try await execution.standardInputWriter.write(line) }
                        try await execution.standardInputWriter.finish()
                    }
                    try await read(execution.standardOutput, receive)
                    group.cancelAll()
                }
            }
            return SecretError(.providerUnavailable, "the plug-in has ended")
        } catch {
            return Task.isCancelled
                ? SecretError(.providerUnavailable, "the plug-in was stopped") : PluginCommand.failure(error)
        }
    }

    private static func read(_ output: SubprocessOutputSequence, _ receive: ([UInt8]) -> Bool) async throws {
        var line: [UInt8] = []
        for try await buffer in output {
            let bytes = buffer.withUnsafeBytes { Array($0) }
            for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
                if part.offset > 0 {
                    guard line.isEmpty || receive(line) else {
                        throw SecretError(
                            .providerInternalError,
                            "the plug-in wrote a line that is not an answer of the protocol"
                        )
                    }
                    line.removeAll(keepingCapacity: true)
                }
                line += part.element
                guard line.count <= PluginMessage.maximumLineBytes else {
                    throw SecretError(
                        .providerInternalError,
                        "the plug-in wrote a line of more than \(PluginMessage.maximumLineBytes) bytes"
                    )
                }
            }
        }
    }
}
