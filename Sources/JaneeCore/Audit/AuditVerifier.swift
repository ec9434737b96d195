import JaneeFiles
import JaneeTelemetry

/// Verifies that a log is what was written to it.
///
/// Every chained line is checked byte for byte against its hash, its predecessor and its number, through all files, and
/// the end of the chain against the head file. Most of this needs no lock; only what was written meanwhile is checked
/// while writers wait, so verifying beside running servers passes.
///
/// It proves that nobody changed the log without rewriting all of it from there on. Against somebody who can do that as
/// the same user, keep the last record's hash elsewhere.
package enum AuditVerifier {
    private static let lockTimeout = Duration.seconds(5)

    /// Verifies the log in a directory.
    ///
    /// - Parameter onProgress: Told now and then which part of the log has been read, from 0 to 1.
    package static func verify(
        directory path: String,
        onProgress: @escaping (Double) -> Void = { _ in }
    ) throws(AuditError) -> AuditVerification {
        guard let directory = try AuditDirectory(path: path, forWriting: false) else { return AuditVerification() }
        var pass = AuditVerificationPass(directory, onProgress)
        guard let lock = try openLock(directory) else {
            return try pass.finish(head: nil, isDamaged: false)
        }
        if let head = try locked(lock, { () throws(AuditError) in try readHead(lock).head }) {
            try pass.checkAlreadyWritten(upTo: head)
        }
        return try locked(lock) { () throws(AuditError) in
            let (head, isDamaged) = try readHead(lock)
            return try pass.finish(head: head, isDamaged: isDamaged)
        }
    }

    private static func openLock(_ directory: AuditDirectory) throws(AuditError) -> FileLock? {
        do throws(FileLockError) {
            return try FileLock(path: directory.headPath, opening: .readOnly)
        } catch {
            if case .file(let cause) = error, cause.isNotFound { return nil }
            throw AuditError(error)
        }
    }

    private static func locked<Value>(
        _ lock: FileLock,
        _ body: () throws(AuditError) -> Value
    ) throws(AuditError) -> Value {
        do throws(FileLockError) {
            try lock.acquire(.shared, timeout: lockTimeout)
        } catch {
            throw AuditError(error)
        }
        defer { lock.release() }
        return try body()
    }

    private static func readHead(_ lock: FileLock) throws(AuditError) -> (head: AuditHead?, isDamaged: Bool) {
        let bytes = try AuditHead.bytes(of: lock)
        let head = AuditHead(bytes)
        // A writer that has written nothing yet leaves an empty file.
        return (head, head == nil && !bytes.isEmpty)
    }
}

/// One walk through the files of a log.
private struct AuditVerificationPass {
    private let directory: AuditDirectory
    private var checker = AuditChainChecker()

    /// The last file that was begun, and how far it was read.
    private var begun: (day: UTCDay, offset: Int64)?

    private let onProgress: (Double) -> Void
    private var bytes: (read: Int64, all: Int64) = (0, 0)
    private var lines = 0

    init(_ directory: AuditDirectory, _ onProgress: @escaping (Double) -> Void) {
        self.directory = directory
        self.onProgress = onProgress
    }

    /// Checks what no writer changes any more.
    mutating func checkAlreadyWritten(upTo head: AuditHead) throws(AuditError) {
        for day in try directory.list().days {
            bytes.all += try directory.fileForReading(day)?.size() ?? 0
        }
        for day in try directory.list().days where day <= head.day {
            guard let file = try directory.fileForReading(day) else { continue }
            let size = try file.size()
            try check(file, upTo: day == head.day ? head.size : size, isComplete: day < head.day)
            bytes.read += size
        }
    }

    /// Checks the rest, while nobody writes.
    mutating func finish(head: AuditHead?, isDamaged: Bool) throws(AuditError) -> AuditVerification {
        let (days, quarantined) = try directory.list()
        for day in days where begun.map({ day >= $0.day }) ?? true {
            guard let file = try directory.fileForReading(day) else { continue }
            let size = try file.size()
            guard let head, day >= head.day else {
                try check(file, upTo: size, isComplete: true)
                continue
            }
            if day == head.day {
                try check(file, upTo: min(head.size, size), isComplete: true)
                checker.compare(with: head, fileSize: size)
            }
            try checkUncommitted(file, upTo: size)
        }
        if let head, !days.contains(head.day) {
            checker.compare(with: head, fileSize: nil)
        }
        return checker.finish(head: head, hasDamagedHead: isDamaged, quarantined: quarantined)
    }

    /// Checks a file from where it was left, up to an offset.
    ///
    /// A last line without an end is left for later, unless the file is complete up to there.
    private mutating func check(_ file: AuditFile, upTo end: Int64, isComplete: Bool) throws(AuditError) {
        var scanner = AuditLineScanner(file, from: begin(file.day))
        while let line = try scanner.next(upTo: end), line.isTerminated || isComplete {
            scanner.withBytes { checker.take(line, $0) }
            begun = (file.day, line.end)
            lines += 1
            if lines.isMultiple(of: 1024), bytes.all > 0 {
                onProgress(Double(bytes.read + line.end) / Double(bytes.all))
            }
            guard line.isTerminated else { break }
        }
    }

    private mutating func checkUncommitted(_ file: AuditFile, upTo end: Int64) throws(AuditError) {
        var scanner = AuditLineScanner(file, from: begin(file.day))
        while let line = try scanner.next(upTo: end) {
            scanner.withBytes { checker.takeUncommitted(line, $0) }
            begun = (file.day, line.end)
            guard line.isTerminated else { break }
        }
    }

    /// Where to read on in a day's file.
    private mutating func begin(_ day: UTCDay) -> Int64 {
        if let begun, begun.day == day { return begun.offset }
        checker.beginFile(day)
        begun = (day, 0)
        return 0
    }
}
