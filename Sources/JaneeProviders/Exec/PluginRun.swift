import JaneeSecrets
import Subprocess
import Synchronization

/// One run of a command that prints one value (the convention of summon).
enum PluginRun {
    /// The largest value, in bytes.
    static let maximumValueBytes = 1 << 20

    /// What a run led to.
    enum Outcome: Sendable {
        /// It succeeded and printed this.
        case printed(SecretValue)
        /// It ended with this status, not 0.
        case failed(status: Int32)
        /// A signal ended it.
        case killed
    }

    /// Runs the command to its end; whatever it has started and left behind is ended too.
    ///
    /// What it prints on standard error is dropped: it may hold the value.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID`, `PROVIDER_UNAVAILABLE` or, for too much output, `PROVIDER_INTERNAL_ERROR`.
    static func run(_ command: PluginCommand, _ arguments: [String]) async throws(SecretError) -> Outcome {
        try command.check()
        let group = ProcessGroup()
        defer { group.end() }
        do {
            let result = try await Subprocess.run(
                command.configuration(arguments: arguments),
                input: .none,
                output: .sequence,
                error: .discarded
            ) { execution in
                group.set(execution.processIdentifier)
                var bytes: [UInt8] = []
                for try await buffer in execution.standardOutput {
                    buffer.withUnsafeBytes { bytes.append(contentsOf: $0) }
                    guard bytes.count <= maximumValueBytes + 2 else {
                        throw SecretError(
                            .providerInternalError,
                            "the command printed more than \(maximumValueBytes) bytes"
                        )
                    }
                }
                return SecretValue(bytes.withoutFinalLineBreak)
            }
            try Task.checkCancellation()
            switch result.terminationStatus {
            case .exited(0): return .printed(result.closureResult)
            case .exited(let status): return .failed(status: status)
            case .signaled: return .killed
            }
        } catch {
            throw Task.isCancelled ? .cancelled : PluginCommand.failure(error)
        }
    }
}

/// The processes of one run.
final class ProcessGroup: Sendable {
    private let leader = Mutex<ProcessIdentifier?>(nil)

    func set(_ identifier: ProcessIdentifier) {
        leader.withLock { $0 = identifier }
    }

    /// Ends what is left of it.
    func end() {
        let leader = leader.withLock { leader in
            defer { leader = nil }
            return leader
        }
        if let leader { PluginCommand.endGroup(leader) }
    }
}
