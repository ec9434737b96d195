package import Logging
import Synchronization

/// Collects what is logged.
package final class LogLines: LogHandler {
    private let collected = Mutex<[(line: String, metadata: String)]>([])

    package init() {}

    /// The lines as `level: message`.
    package var all: [String] { collected.withLock { $0.map(\.line) } }

    /// Everything that was logged.
    package var text: String { collected.withLock { $0.map { "\($0.line) \($0.metadata)" }.joined(separator: "\n") } }

    package func log(event: LogEvent) {
        let line = ("\(event.level): \(event.message)", "\(event.metadata ?? [:])")
        collected.withLock { $0.append(line) }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    package var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    package var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
}
