package import JaneeConfig
import JaneeFiles
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry
package import Logging

/// The log of every read of a secret (RFC 0005, "What to log"): who was asked for what and whether it was had, no value.
///
/// It is apart from the audit log, which is about calls and without whose records no call is made: a read goes on whether
/// this log can be written or not, and does not wait for it. Every day of UTC has its own file in the directory `access`
/// of the home; old ones are left to the operator.
package final class AccessLog: Sendable {
    /// What a line is about: a read (RFC 0005), and reads whose lines are missing.
    static let readEvent = "secret_accessed"
    static let lossEvent = "access_records_lost"

    private let clock: @Sendable () -> Int64
    private let stream: @Sendable (String) -> Void
    private let writer: LineWriter

    /// - Parameters:
    ///   - clock: Milliseconds of Unix time.
    ///   - logger: Learns why the file cannot be written.
    ///   - stream: Takes each line as well, such as for standard error.
    package init(
        home: JaneeHome,
        clock: @escaping @Sendable () -> Int64 = { WallClock.milliseconds },
        logger: Logger,
        stream: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.clock = clock
        self.stream = stream
        writer = LineWriter(
            label: "janee.access",
            open: { moment throws(FileError) in try Self.file(of: home, at: moment) },
            lossLine: { count, moment in
                Self.line(Self.lossEvent, at: moment, ["count": .number(JSONNumber(count))])
            },
            onFailure: { error in
                logger.warning("the access log is not written, secrets are read nevertheless: \(error)")
            }
        )
    }

    /// Writes the record of a read; never waits.
    package func record(_ access: SecretAccess) {
        let now = clock()
        let line = Self.line(Self.readEvent, at: now, Self.details(of: access))
        stream(line)
        writer.write(line, at: now)
    }

    /// Returns when the records of all reads so far are in the file, or cannot be.
    package func flush() async {
        await writer.flush()
    }

    private static func file(of home: JaneeHome, at moment: Int64) throws(FileError) -> AppendFile {
        let directory = try DirectoryHandle(path: home.path).directory(JaneeHome.accessName, create: true)
        guard let directory else { throw FileError("open", home.accessDirectory, refusal: "it is not a directory") }
        return try directory.appendFile(UTCDay(milliseconds: moment).fileName)
    }

    private static func details(of access: SecretAccess) -> JSONObject {
        // A path is no place for a credential, but nothing keeps one from being put there.
        var details: JSONObject = ["provider": .string(Redactor.shared.redact(access.provider))]
        details["path"] = access.path.map { .string(Redactor.shared.redact($0)) }
        details["success"] = .bool(access.success)
        details["latencyMs"] = .number(JSONNumber(Int((access.latency / .milliseconds(1)).rounded())))
        details["code"] = access.code.map { .string($0.rawValue) }
        if access.isStale { details["stale"] = true }
        details["layout"] = access.layout.map { .string($0) }
        return details
    }

    private static func line(_ event: String, at moment: Int64, _ details: JSONObject) -> String {
        var object: JSONObject = [
            "timestamp": .string(UTCTimestamp.text(moment)), "level": "info", "event": .string(event),
        ]
        for (key, value) in details { object[key] = value }
        return DisplayText.escapedJSON(JSONValue.object(object).serialized())
    }
}
