package import JaneeConfig
package import JaneeFiles
import JaneeJSON
package import JaneeTelemetry

/// How often secrets were read, as the access log tells.
package struct AccessUsage: Sendable {
    /// One secret.
    package struct Reference: Sendable, Hashable, Comparable {
        package let provider: String
        /// Nil for those whose path the log does not show.
        package let path: String?

        package static func < (left: Reference, right: Reference) -> Bool {
            (left.provider, left.path ?? "") < (right.provider, right.path ?? "")
        }
    }

    /// What became of its reads.
    package struct Counts: Sendable, Hashable {
        package var reads = 0
        package var failures = 0
        /// Reads that got a value kept from before.
        package var stale = 0
        /// The time of the last one, as the log has it.
        package var last = ""
    }

    /// Beyond this many secrets, further ones are counted together.
    private static let mostReferences = 100_000
    private static let longestLine = 1 << 16

    package private(set) var counts: [Reference: Counts] = [:]
    /// Lines that are no record of a read: damaged, or of a newer version.
    package private(set) var skipped = 0
    /// Records of reads that the log itself says are missing.
    package private(set) var lost = 0

    /// Reads the log of a home, in bounded memory.
    ///
    /// - Parameter since: The first day of UTC to count, such as `2026-02-12`; all if absent.
    package init(home: JaneeHome, since: UTCDay? = nil) throws(FileError) {
        guard let directory = try DirectoryHandle(path: home.path).directory(JaneeHome.accessName) else { return }
        let days = try directory.names().compactMap { UTCDay(fileName: $0) }
            .filter { day in since.map { day >= $0 } ?? true }
        for day in days.sorted() {
            // What is left of a line that is too long is no record.
            try directory.readLines(of: day.fileName, longest: Self.longestLine) { take($0) }
        }
    }

    private mutating func take(_ line: [UInt8]) {
        let limits = JSONLimits(maximumBytes: Self.longestLine, maximumDepth: 8)
        guard let object = (try? JSONReader.parse(line, limits: limits))?.objectValue,
            let event = object["event"]?.stringValue
        else {
            skipped += 1
            return
        }
        if event == AccessLog.lossEvent { lost += object["count"]?.intValue ?? 0 }
        guard event == AccessLog.readEvent, let provider = object["provider"]?.stringValue else { return }
        var reference = Reference(provider: provider, path: object["path"]?.stringValue)
        if counts[reference] == nil, counts.count >= Self.mostReferences {
            reference = Reference(provider: provider, path: nil)
        }
        counts[reference, default: Counts()].add(object)
    }
}

extension AccessUsage.Counts {
    fileprivate mutating func add(_ record: JSONObject) {
        reads += 1
        if record["success"]?.boolValue != true { failures += 1 }
        if record["stale"]?.boolValue == true { stale += 1 }
        last = max(last, record["timestamp"]?.stringValue ?? "")
    }
}
