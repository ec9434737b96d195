import JaneeFiles
import JaneeTelemetry

extension AuditChainWriter {
    /// Where the next record goes.
    struct Position {
        let head: AuditHead
        let file: AuditFile

        /// Whether the file has no chained record yet.
        let opensFile: Bool
    }

    /// Finds out what happened to the log since the head was written, mends what can be mended, and opens the day's
    /// file.
    ///
    /// Benign are: another day, a file that retention removed, lines of Janee 0.16, records whose writer died before it
    /// could update the head, the unfinished line of one that died while writing. Anything else is a gap: the chain
    /// goes on after the last known record, the gap is recorded, and verification will go on reporting it.
    mutating func settle(_ stored: AuditHead?, for day: UTCDay, in place: Place) throws(AuditError) -> Position {
        file = nil
        let directory = place.directory
        var head: AuditHead
        if let stored {
            head = stored
        } else {
            head = try rebuildHead(for: day, in: place)
        }

        if let file = try directory.fileForReading(head.day) {
            head = try settleFile(file, head, in: directory)
        } else if head.sequence > 0, day <= head.day {
            // Retention never removes the file of the current day.
            gap("file_missing", after: head, found: [:])
        }
        for newer in try directory.list().days where newer > head.day {
            guard let file = try directory.fileForReading(newer) else { continue }
            head = try takeTail(of: file, from: 0, after: head, in: directory)
        }
        if !isNotBeforeKnown(head), let known {
            gap("went_back", after: known, found: ["foundSeq": String(head.sequence)])
            head.sequence = known.sequence
            head.hash = known.hash
        }

        // The clock may have been set back over midnight; a chain that went back with it could not be read in order.
        let target = max(day, head.day)
        let file = try directory.createFile(target, durably: synchronizes)
        let isEmpty = try file.size() == 0
        let opensFile = head.sequence == 0 || target != head.day || isEmpty
        return Position(head: head, file: file, opensFile: opensFile)
    }

    /// Compares the file that the head names with the head.
    private mutating func settleFile(
        _ file: AuditFile,
        _ head: AuditHead,
        in directory: AuditDirectory
    ) throws(AuditError) -> AuditHead {
        let size = try file.size()
        let endsWithHead = try size >= head.size ? ends(file, with: head) : false
        if endsWithHead {
            return try takeTail(of: file, from: head.size, after: head, in: directory)
        }
        let cause = size < head.size ? "file_truncated" : "record_changed"
        gap(cause, after: head, found: ["foundSize": String(size)])
        // Where lines begin is not known here; only an unfinished one at the end must not be continued.
        var scanner = AuditBackwardScanner(file, from: size)
        if let last = try scanner.next(), !last.isTerminated {
            try moveAside(file.day, from: last.offset, head, keeping: [], in: directory)
        }
        return head
    }

    /// Whether the record that this process saw as the last one is still where it was, after others have written more.
    ///
    /// The file of an earlier day may have been removed by retention.
    func stillHolds(_ known: AuditHead, on day: UTCDay, in directory: AuditDirectory) throws(AuditError) -> Bool {
        guard known.sequence > 0 else { return true }
        guard let file = try directory.fileForReading(known.day) else { return known.day < day }
        guard try file.size() >= known.size else { return false }
        return try ends(file, with: known)
    }

    /// Whether the record that the head names, if it names one, ends where the head says.
    private func ends(_ file: AuditFile, with head: AuditHead) throws(AuditError) -> Bool {
        guard head.sequence > 0 else { return true }
        var scanner = AuditBackwardScanner(file, from: head.size)
        guard let line = try scanner.next(), line.isTerminated else { return false }
        guard let record = line.bytes.withUnsafeBytes({ ChainedLine($0) }) else { return false }
        return record.isSound && record.sequence == head.sequence && record.hash == head.hash
    }

    /// Looks at lines that came after the head was written: adopts records that continue the chain, leaves lines of
    /// Janee 0.16 alone and moves away what nobody finished writing.
    private mutating func takeTail(
        of file: AuditFile,
        from start: Int64,
        after head: AuditHead,
        in directory: AuditDirectory
    ) throws(AuditError) -> AuditHead {
        let size = try file.size()
        guard size > start else { return head }
        var scanner = AuditLineScanner(file, from: start)
        var tail = AuditTail(after: head, in: file.day)
        while let line = try scanner.next(upTo: size) {
            scanner.withBytes { tail.take(line, $0) }
            guard line.isTerminated else { break }
        }
        if tail.adopted > 0 {
            notice("\(tail.adopted) records of a writer that was stopped were completed")
        }
        if let foreign = tail.firstForeign {
            gap("foreign_record", after: tail.head, found: ["offset": String(foreign), "foundFile": file.day.fileName])
        }
        if let unfinished = tail.firstUnfinished {
            try moveAside(file.day, from: unfinished, tail.head, keeping: tail.kept, in: directory)
        }
        return tail.head
    }

    /// Moves the end of a file, which nobody finished writing, into a file of its own, and puts back what is good of
    /// it.
    private mutating func moveAside(
        _ day: UTCDay,
        from offset: Int64,
        _ head: AuditHead,
        keeping kept: [UInt8],
        in directory: AuditDirectory
    ) throws(AuditError) {
        guard let file = try directory.fileForAppending(day) else { return }
        let count = try file.size() - offset
        let name = try directory.quarantine(file, from: offset, sequence: head.sequence + 1)
        if !kept.isEmpty {
            _ = try file.append(kept, using: write)
        }
        record(
            .event(
                "audit_recovered",
                details: [
                    "cause": "unfinished_line", "file": day.fileName, "quarantined": name,
                    "offset": String(offset), "bytes": String(count),
                ]
            ),
            "\(day.fileName) had an unfinished line at its end; \(count) bytes are quarantined in \(name)"
        )
    }
}
