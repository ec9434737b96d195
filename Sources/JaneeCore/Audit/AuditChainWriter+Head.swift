import JaneeFiles
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension AuditChainWriter {
    /// The head on disk; nil if it is missing or is not a head.
    func readHead(_ lock: FileLock) throws(AuditError) -> AuditHead? {
        let bytes = try AuditHead.bytes(of: lock)
        // Mostly nobody else has written meanwhile, and then there is nothing to decode.
        if let known, bytes == knownBytes { return known }
        return AuditHead(bytes)
    }

    /// Replaces the head on disk, and remembers it.
    mutating func writeHead(_ head: AuditHead, _ lock: FileLock) throws(AuditError) {
        let bytes = head.encoded
        let descriptor = lock.descriptor
        while true {
            let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
            if count == bytes.count { break }
            if count < 0, errno == EINTR { continue }
            throw .file(FileError("write", lock.path, errorNumber: count < 0 ? errno : EIO))
        }
        known = head
        knownBytes = bytes
    }

    /// Makes a new head out of what the days' files hold, because there is none that could be read.
    mutating func rebuildHead(for day: UTCDay, in place: Place) throws(AuditError) -> AuditHead {
        var status = stat()
        guard fstat(place.lock.descriptor, &status) == 0 else { throw .file(FileError("examine", place.lock.path)) }
        let isEmpty = status.st_size == 0
        if !isEmpty, status.st_size != AuditHead.encodedCount, ftruncate(place.lock.descriptor, 0) != 0 {
            throw .file(FileError("truncate", place.lock.path))
        }
        if let head = try lastChainedRecord(in: place.directory) {
            let state = isEmpty ? "missing" : "damaged"
            if let known, known.sequence == head.sequence, known.hash == head.hash {
                // Nobody but this process has written since, so nothing is lost.
                record(
                    .event("audit_recovered", details: ["cause": "head_\(state)", "file": head.day.fileName]),
                    "the head file was \(state); the chain continues after record \(head.sequence)"
                )
            } else {
                // Records after this one may have been removed together with the head, which alone could tell.
                gap("head_\(state)", after: head, found: [:])
            }
            return head
        }
        let start = AuditHead(day: day, size: 0, sequence: 0, hash: .zero)
        // A head without any record is a loss, unless this process knows better; then that is what it will find itself.
        if !isEmpty, known == nil {
            gap("log_lost", after: start, found: ["foundSeq": "0"])
        }
        return start
    }

    /// The end of the last sound record of the newest file that has one.
    private func lastChainedRecord(in directory: AuditDirectory) throws(AuditError) -> AuditHead? {
        for day in try directory.list().days.reversed() {
            guard let file = try directory.fileForReading(day) else { continue }
            var scanner = AuditBackwardScanner(file, from: try file.size())
            while let line = try scanner.next() {
                guard
                    line.isTerminated,
                    let record = line.bytes.withUnsafeBytes({ ChainedLine($0) }),
                    record.isSound
                else { continue }
                return AuditHead(day: day, size: line.end, sequence: record.sequence, hash: record.hash)
            }
        }
        return nil
    }

    /// Puts a record about the log itself before the next record, and tells the operator; once for each finding.
    mutating func record(_ event: AuditRecord, _ text: String) {
        // Until the record is written, the same thing is found again with every attempt.
        guard !events.contains(where: { $0.event == event.event && $0.details == event.details }) else { return }
        events.append(event)
        notice(text)
    }

    /// Records that a part of the chain is not there any more, or is not what it was.
    mutating func gap(_ cause: String, after head: AuditHead, found: [String: String]) {
        var details = found
        details["cause"] = cause
        details["file"] = head.day.fileName
        details["expectedSeq"] = String(head.sequence)
        details["expectedSize"] = String(head.size)
        let facts = details.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        record(
            .event("audit_gap", details: details),
            "records were removed or changed outside of Janee (\(facts)); run: janee logs verify"
        )
    }
}
