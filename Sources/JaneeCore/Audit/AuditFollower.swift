package import JaneeJSON
import JaneeTelemetry

/// Reads records as they are written, from the end of the log on; it needs no lock and disturbs no writer.
package struct AuditFollower {
    /// The most that is looked at in one go.
    private static let chunk: Int64 = 1 << 20

    private let path: String
    /// The file that is followed, and how far it has been read.
    private var place: (day: UTCDay, offset: Int64)?

    /// Begins at the end of what there is.
    package init(directory path: String) throws(AuditError) {
        self.path = path
        guard let directory = try AuditDirectory(path: path, forWriting: false),
            let last = try directory.list().days.last,
            let file = try directory.fileForReading(last)
        else { return }
        place = (last, try file.size())
    }

    /// The records that have been written completely since the last call, oldest first.
    package mutating func next() throws(AuditError) -> [JSONValue] {
        guard let directory = try AuditDirectory(path: path, forWriting: false) else { return [] }
        var records: [JSONValue] = []
        for day in try directory.list().days where place.map({ day >= $0.day }) ?? true {
            guard let file = try directory.fileForReading(day) else { continue }
            var offset = place.flatMap { $0.day == day ? $0.offset : nil } ?? 0
            while true {
                let bytes = try file.bytes(in: offset..<min(offset + Self.chunk, max(offset, try file.size())))
                guard let end = bytes.lastIndex(of: 0x0A) else { break }
                for line in bytes[...end].split(separator: 0x0A) {
                    let object = Array(line).withUnsafeBytes { AuditLine.object($0) }
                    if let object { records.append(.object(object)) }
                }
                offset += Int64(end) + 1
            }
            place = (day, offset)
        }
        return records
    }
}
