import JaneeTelemetry

/// Checks the lines of a log one after the other; it remembers the last record only.
struct AuditChainChecker {
    private(set) var result = AuditVerification()

    /// The last sound record.
    private var last: (sequence: UInt64, hash: AuditHash)?

    /// How many records may be behind the changed lines since the last sound record.
    private var hidden: UInt64 = 0

    /// The changed lines before any sound record; what they were is known when one comes.
    private var early = AuditEarlyLines()

    private var day: UTCDay?
    private var lineNumber = 0
    private var fileHasRecords = false

    mutating func beginFile(_ day: UTCDay) {
        self.day = day
        lineNumber = 0
        fileHasRecords = false
    }

    /// Takes a line that was complete when the head was written.
    mutating func take(_ line: AuditLineScanner.Line, _ bytes: UnsafeRawBufferPointer) {
        lineNumber += 1
        if line.isOversized {
            return line.isTerminated ? takeUnchained() : takeChanged(bytes, resembles: false)
        }
        let form = AuditLine(bytes)
        switch form {
        case .chained(let record) where record.isSound && line.isTerminated:
            takeSound(record, bytes)
        case .chained, .damaged:
            takeChanged(bytes, resembles: true)
        case .unchained where line.isTerminated:
            takeUnchained()
        case .unchained, .malformed:
            takeChanged(bytes, resembles: AuditLine.resemblesChained(bytes))
        }
    }

    /// Takes a line that came after the head was written: what a writer has done that died before it could write the
    /// head.
    mutating func takeUncommitted(_ line: AuditLineScanner.Line, _ bytes: UnsafeRawBufferPointer) {
        let isUnfinished = !line.isTerminated || !line.isOversized && AuditLine(bytes).isUnfinished(bytes)
        guard isUnfinished else { return take(line, bytes) }
        lineNumber += 1
        note("\(fileName):\(lineNumber) is unfinished; the next record that is written sets it aside")
    }

    /// Compares the end of the chain with the head, after the part of the file that the head speaks of.
    mutating func compare(with head: AuditHead, fileSize: Int64?) {
        guard head.sequence > 0 else { return }
        guard let fileSize else {
            return report(
                .missing,
                file: head.day.fileName,
                "the file with the last record, \(head.sequence), is missing"
            )
        }
        let found = last?.sequence ?? 0
        if fileSize < head.size {
            report(
                .missing,
                file: head.day.fileName,
                "its end is missing: it has \(fileSize) bytes instead of \(head.size), "
                    + "and the last record in it is \(found) instead of \(head.sequence)"
            )
        } else if found < head.sequence, found + hidden >= head.sequence {
            // The changed lines at the end have been reported.
        } else if found != head.sequence {
            report(
                .head,
                file: head.day.fileName,
                "the last record in it is \(found), the head file says \(head.sequence)"
            )
        } else if last?.hash != head.hash {
            report(.changed, line: lineNumber, sequence: found, "is not the record that the head file names")
        }
    }

    /// Notes the rest of what is there.
    mutating func finish(head: AuditHead?, hasDamagedHead: Bool, quarantined: [String]) -> AuditVerification {
        result.lastSequence = last?.sequence
        result.quarantinedFiles = quarantined
        if last == nil { settleEarly(isBeginning: (head?.sequence ?? 0) == 0, next: nil) }
        if hasDamagedHead {
            report(
                .head,
                file: AuditHead.fileName,
                "the head file was changed; whether records are missing at the end is unknown"
            )
        } else if head == nil, last != nil || hidden > 0 {
            report(
                .head,
                file: AuditHead.fileName,
                "the head file is missing; whether records are missing at the end is unknown"
            )
        }
        return result
    }

    private var fileName: String {
        day?.fileName ?? ""
    }

    private mutating func takeUnchained() {
        result.unchainedLines += 1
        if result.firstUnchained.count < 5 { result.firstUnchained.append(.init(file: fileName, line: lineNumber)) }
    }

    private mutating func takeSound(_ record: ChainedLine, _ bytes: UnsafeRawBufferPointer) {
        result.chainedRecords += 1
        if let last {
            checkOrder(record, after: last.sequence, last.hash)
        } else {
            begin(with: record)
        }
        checkOpening(record)
        fileHasRecords = true
        // A record from further up, put in again, is reported once and not followed.
        if record.sequence > last?.sequence ?? 0 {
            last = (record.sequence, record.hash)
            hidden = 0
        }
        noteEvent(bytes)
    }

    /// Counts what writers recorded about the log itself.
    private mutating func noteEvent(_ bytes: UnsafeRawBufferPointer) {
        // Quotes within texts are escaped, so no text can contain this.
        guard let mark = bytes.firstOffset(of: Self.eventMark) else { return }
        let name = bytes[(mark + Self.eventMark.count)...].prefix { $0 != UInt8(ascii: "\"") }
        if name.elementsEqual("gap".utf8) {
            result.gapCount += 1
            if result.gaps.count < AuditVerification.mostListed {
                result.gaps.append(.init(file: fileName, line: lineNumber))
            }
        } else if name.elementsEqual("recovered".utf8) {
            result.recoveries += 1
        }
    }

    private static let eventMark = Array(#","phase":"event","event":"audit_"#.utf8)

    private mutating func begin(with record: ChainedLine) {
        result.firstSequence = record.sequence
        settleEarly(isBeginning: record.sequence == 1, next: record.sequence)
        if record.sequence == 1 {
            if record.previous != .zero {
                report(.unlinked, line: lineNumber, sequence: 1, "is the first one but names a record before it")
            }
        } else if hidden == 0 {
            note("the log begins with record \(record.sequence); files with older records were removed")
        }
    }

    private mutating func checkOrder(_ record: ChainedLine, after sequence: UInt64, _ hash: AuditHash) {
        guard record.sequence > sequence else {
            report(.misplaced, line: lineNumber, sequence: record.sequence, "comes after record \(sequence)")
            return
        }
        let skipped = record.sequence - sequence - 1
        if skipped > hidden {
            let count = skipped - hidden
            let missing = count == 1 ? "1 record is missing" : "\(count) records are missing"
            let range = hidden == 0 ? " (\(sequence + 1) to \(record.sequence - 1))" : ""
            report(
                .missing,
                line: lineNumber,
                sequence: record.sequence,
                "does not follow record \(sequence): \(missing)\(range)"
            )
        } else if skipped == 0, record.previous != hash {
            report(
                .unlinked,
                line: lineNumber,
                sequence: record.sequence,
                "does not continue record \(sequence), which was another one when this was written"
            )
        }
    }

    /// The first record of each file says so; otherwise the beginning of the oldest file could be cut away unnoticed.
    private mutating func checkOpening(_ record: ChainedLine) {
        if let opens = record.opens {
            if opens != day || fileHasRecords {
                let place = fileHasRecords ? "the middle of this file" : "this file"
                report(
                    .misplaced,
                    line: lineNumber,
                    sequence: record.sequence,
                    "was written as the first one of \(opens.fileName) and stands in \(place)"
                )
            }
        } else if !fileHasRecords {
            report(
                .missing,
                line: lineNumber,
                sequence: record.sequence,
                "was not the first one of this file; the records before it are missing"
            )
        }
    }

    private mutating func takeChanged(_ bytes: UnsafeRawBufferPointer, resembles: Bool) {
        let embedded = Self.leadingRecord(bytes)
        let sequence = embedded?.sequence ?? (resembles ? likelySequence(bytes) : nil)
        let message =
            if embedded != nil {
                "was changed: its line feed is missing"
            } else if resembles {
                "was changed"
            } else {
                "this line is not a record: it was changed, or added from outside"
            }
        let problem = AuditVerification.Problem(
            kind: .changed,
            file: fileName,
            line: lineNumber,
            sequence: sequence,
            message: message
        )
        if last == nil {
            early.add(problem, isRecord: resembles || embedded != nil)
        } else {
            report(problem)
        }
        fileHasRecords = fileHasRecords || resembles || embedded != nil
        hidden += embedded != nil && resembles ? 2 : 1
    }

    /// Which record a changed line was: what it says itself, unless that cannot be at this place.
    private func likelySequence(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        let claimed = AuditLine.claimedSequence(bytes)
        guard let last else { return claimed }
        let possible = last.sequence + 1...last.sequence + hidden + 1
        return claimed.flatMap { possible.contains($0) ? $0 : nil } ?? possible.upperBound
    }

    /// The sound record that a line begins with although it does not end there.
    private static func leadingRecord(_ bytes: UnsafeRawBufferPointer) -> ChainedLine? {
        var start = 0
        // A detail may have the key too, before the place in the chain.
        for _ in 0..<4 {
            guard let key = bytes.firstOffset(of: AuditLineFormat.hashKey, from: start) else { return nil }
            start = key + 1
            let end = key + AuditLineFormat.hashKey.count + AuditHash.hexCount + AuditLineFormat.end.count
            guard end <= bytes.count else { return nil }
            if let record = ChainedLine(UnsafeRawBufferPointer(rebasing: bytes[..<end])), record.isSound {
                return record
            }
        }
        return nil
    }

    /// Reports what came before the first sound record, once that or the end is there.
    ///
    /// - Parameters:
    ///   - isBeginning: Whether the chain began after those lines.
    ///   - next: The first sound record.
    private mutating func settleEarly(isBeginning: Bool, next: UInt64?) {
        let lines = early
        early = AuditEarlyLines()
        if isBeginning, lines.othersCount > 0 {
            note("\(lines.othersCount) lines from before the chain are not JSON objects")
            hidden -= UInt64(lines.othersCount)
        }
        let problems = lines.problems(withOthers: !isBeginning, next: next)
        result.problemCount += lines.recordsCount + (isBeginning ? 0 : lines.othersCount) - problems.count
        for problem in problems { report(problem) }
    }

    private mutating func note(_ text: String) {
        if result.notes.count < AuditVerification.mostListed { result.notes.append(text) }
    }

    private mutating func report(
        _ kind: AuditVerification.Problem.Kind,
        file: String? = nil,
        line: Int? = nil,
        sequence: UInt64? = nil,
        _ message: String
    ) {
        report(.init(kind: kind, file: file ?? fileName, line: line, sequence: sequence, message: message))
    }

    private mutating func report(_ problem: AuditVerification.Problem) {
        result.problemCount += 1
        if result.problems.count < AuditVerification.mostListed { result.problems.append(problem) }
    }
}
