import Logging

/// What a logger says at a moment, ready to be written in either form.
struct LogRecord {
    /// In milliseconds of Unix time.
    let moment: Int64
    let level: Logger.Level
    let message: String
    let error: (any Error)?
    /// In the order of the keys.
    let metadata: [(key: String, value: Logger.MetadataValue)]

    init(_ event: LogEvent, _ metadata: Logger.Metadata, at moment: Int64) {
        self.moment = moment
        level = event.level
        message = "\(event.message)"
        error = event.error
        self.metadata = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
    }

    /// The line for people, without a line feed.
    var text: String {
        metadata.reduce("janee: \(level): \(Self.shown(message))") { line, entry in
            "\(line) \(Self.shown(entry.key))=\(Self.shown("\(entry.value)", name: entry.key))"
        }
    }

    /// Foreign text, harmless and without credentials.
    ///
    /// Redacted before it is cut, which could leave the beginning of a credential that nobody finds any more.
    static func shown(_ text: String, name: String = "") -> String {
        DisplayText.escaped(redacted(text, name: name))
    }

    static func redacted(_ text: String, name: String = "") -> String {
        guard !CredentialName.matches(name.utf8) else { return Redactor.replacement }
        return Redactor.shared.redact(String(text.unicodeScalars.prefix(longestText)))
    }

    /// More is not looked at, because no more than the beginning is shown.
    private static let longestText = 65_536
}
