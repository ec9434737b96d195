import JaneeTelemetry

/// What follows the head in a file, read line by line.
struct AuditTail {
    /// How much of what follows an unfinished line is put back behind the last good one; all of it is in the file set
    /// aside.
    private static let mostKept = 16 << 20

    private(set) var head: AuditHead
    private(set) var adopted = 0

    /// Where the first record is that claims a place in the chain but does not continue it.
    private(set) var firstForeign: Int64?

    /// Where the first line is that is not a line of any log.
    private(set) var firstUnfinished: Int64?

    /// The good lines that follow it.
    private(set) var kept: [UInt8] = []

    private let day: UTCDay

    init(after head: AuditHead, in day: UTCDay) {
        self.head = head
        self.day = day
    }

    mutating func take(_ line: AuditLineScanner.Line, _ bytes: UnsafeRawBufferPointer) {
        guard line.isTerminated else {
            firstUnfinished = firstUnfinished ?? line.offset
            return
        }
        // Nothing of ours is that long; Janee 0.16 knows no limit.
        if line.isOversized { return }
        let form = AuditLine(bytes)
        if form.isUnfinished(bytes) {
            firstUnfinished = firstUnfinished ?? line.offset
            return
        }
        if firstUnfinished != nil {
            guard kept.count + bytes.count < Self.mostKept else { return }
            kept.append(contentsOf: bytes)
            kept.append(0x0A)
        }
        switch form {
        case .chained(let record) where continues(record):
            head = AuditHead(day: day, size: line.end, sequence: record.sequence, hash: record.hash)
            adopted += 1
        case .chained, .damaged:
            firstForeign = firstForeign ?? line.offset
        case .unchained, .malformed:
            break
        }
    }

    private func continues(_ record: ChainedLine) -> Bool {
        record.isSound && record.sequence == head.sequence + 1 && record.previous == head.hash
    }
}
