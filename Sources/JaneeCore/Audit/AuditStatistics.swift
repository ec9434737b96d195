/// How much a log holds.
package struct AuditStatistics: Sendable, Equatable {
    package private(set) var files = 0
    /// All lines, those of Janee 0.16 included.
    package private(set) var entries = 0
    package private(set) var bytes: Int64 = 0

    /// Counts the lines of a log; none if there is no log yet.
    package init(directory path: String) throws(AuditError) {
        guard let directory = try AuditDirectory(path: path, forWriting: false) else { return }
        for day in try directory.list().days {
            guard let file = try directory.fileForReading(day) else { continue }
            let size = try file.size()
            files += 1
            bytes += size
            var offset: Int64 = 0
            while offset < size {
                let chunk = try file.bytes(in: offset..<min(offset + 1 << 20, size))
                guard !chunk.isEmpty else { break }
                entries += chunk.count { $0 == 0x0A }
                offset += Int64(chunk.count)
            }
        }
    }
}
