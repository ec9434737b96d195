/// Reads a file line by line, backwards from some offset, in bounded memory.
struct AuditBackwardScanner {
    struct Line {
        let offset: Int64

        /// The bytes without the line feed; empty if the line is too long to be looked at.
        let bytes: [UInt8]

        /// Where the line ends, its line feed included.
        let end: Int64

        let isTerminated: Bool
    }

    private static let chunk: Int64 = 1 << 16

    private let file: AuditFile

    /// What was read and not yet given out.
    private var pending: [UInt8] = []

    /// Where `pending` begins in the file.
    private var position: Int64

    /// Where the next line to give out ends, its line feed included.
    private var end: Int64

    init(_ file: AuditFile, from end: Int64) {
        self.file = file
        position = end
        self.end = end
    }

    /// Moves to the line before; nil at the beginning of the file.
    mutating func next() throws(AuditError) -> Line? {
        if pending.isEmpty {
            guard try load() else { return nil }
        }
        // The line feed of this line does not count; the one that matters ends the line before.
        let isTerminated = pending.last == 0x0A
        var unsearched = pending.count - (isTerminated ? 1 : 0)
        var isOversized = false
        while true {
            if let lineFeed = pending[..<unsearched].lastIndex(of: 0x0A) {
                return take(from: lineFeed + 1, isTerminated, isOversized)
            }
            if position == 0 {
                return take(from: 0, isTerminated, isOversized)
            }
            if pending.count > AuditLineScanner.longestLine {
                isOversized = true
                pending.removeAll(keepingCapacity: true)
            }
            let searched = pending.count
            guard try load() else { return nil }
            unsearched = pending.count - searched
        }
    }

    /// Reads the part of the file before what is pending; false if there is none, or if the file became shorter
    /// meanwhile.
    private mutating func load() throws(AuditError) -> Bool {
        let start = max(0, position - Self.chunk)
        var bytes = try file.bytes(in: start..<position)
        guard !bytes.isEmpty, Int64(bytes.count) == position - start else { return false }
        bytes += pending
        pending = bytes
        position = start
        return true
    }

    private mutating func take(from index: Int, _ isTerminated: Bool, _ isOversized: Bool) -> Line {
        let offset = position + Int64(index)
        let bytes = isOversized ? [] : Array(pending[index...].dropLast(isTerminated ? 1 : 0))
        defer { end = offset }
        pending.removeSubrange(index...)
        return Line(offset: offset, bytes: bytes, end: end, isTerminated: isTerminated)
    }
}
