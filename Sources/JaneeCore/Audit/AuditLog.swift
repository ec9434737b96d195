import Dispatch
import JaneeTelemetry
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The append-only log of what agents asked for and what became of it: one JSON object a line, one file a day, one
/// chain of hashes through all of them.
///
/// Any number of processes may write to one directory. Records that wait at the same time are written together, by one
/// thread of the log's own, so that callers never block.
package final class AuditLog: Sendable {
    private struct Waiting {
        let entry: AuditChainWriter.Entry
        let continuation: CheckedContinuation<Result<UInt64, AuditError>, Never>
    }

    private struct Pending {
        var waiting: [Waiting] = []
        var bytes = 0
        var isWriting = false
        var isClosed = false
    }

    /// How many records may wait, and how many bytes they may have.
    private static let mostPending = 10_000
    private static let mostPendingBytes = 32 << 20

    /// How many records are written while the lock is held once.
    private static let largestBatch = 512

    private let clock: @Sendable () -> Int64
    private let onNotice: @Sendable (String) -> Void
    private let pending = Mutex(Pending())
    private let writer: Mutex<AuditChainWriter>
    private let queue = DispatchQueue(label: "janee.audit", qos: .userInitiated)

    /// Opens the log, and creates its directory if only that is missing.
    ///
    /// - Parameters:
    ///   - directory: The directory of the log, not a symbolic link.
    ///   - sync: Whether a record is on the disk, instead of with the system, when ``append(_:)`` returns.
    ///   - clock: The wall clock, in milliseconds of Unix time.
    ///   - onNotice: Takes what an operator should know, one sentence at a time; it is called on the log's own thread.
    package convenience init(
        directory: String,
        sync: Bool,
        clock: @escaping @Sendable () -> Int64,
        onNotice: @escaping @Sendable (String) -> Void
    ) throws(AuditError) {
        try self.init(directory: directory, sync: sync, clock: clock, onNotice: onNotice, write: Self.systemWrite)
    }

    init(
        directory: String,
        sync: Bool,
        clock: @escaping @Sendable () -> Int64,
        onNotice: @escaping @Sendable (String) -> Void,
        lockTimeout: Duration = .seconds(5),
        write: @escaping AuditWrite
    ) throws(AuditError) {
        var writer = AuditChainWriter(path: directory, synchronizes: sync, lockTimeout: lockTimeout, write: write)
        try writer.open()
        for notice in writer.takeNotices() { onNotice(notice) }
        self.clock = clock
        self.onNotice = onNotice
        self.writer = Mutex(writer)
    }

    /// Writes a record, and returns its sequence number once it is written.
    ///
    /// Cancelling the task does not take the record back. If this throws, the record is not in the log, and what it was
    /// to be about must not be done.
    package func append(_ record: AuditRecord) async throws(AuditError) -> UInt64 {
        let now = clock()
        let entry = AuditChainWriter.Entry(record: record.encoded(at: now), day: UTCDay(milliseconds: now))
        let result = await withCheckedContinuation { continuation in
            enqueue(Waiting(entry: entry, continuation: continuation))
        }
        return try result.get()
    }

    /// Writes what is waiting and closes the files; later records are refused.
    package func close() async {
        pending.withLock { $0.isClosed = true }
        // The queue is serial, so this comes after whatever is being written.
        await withCheckedContinuation { continuation in
            queue.async {
                self.writer.withLock { $0.close() }
                continuation.resume()
            }
        }
    }

    private func enqueue(_ waiting: Waiting) {
        let refusal = pending.withLock { pending -> AuditError? in
            if pending.isClosed { return .closed }
            let count = waiting.entry.record.count
            guard pending.waiting.count < Self.mostPending, pending.bytes + count <= Self.mostPendingBytes else {
                return .overloaded
            }
            pending.waiting.append(waiting)
            pending.bytes += count
            if !pending.isWriting {
                pending.isWriting = true
                // Within the lock, so that closing cannot come in between.
                queue.async { self.writePending() }
            }
            return nil
        }
        if let refusal { waiting.continuation.resume(returning: .failure(refusal)) }
    }

    /// Writes until nothing waits any more.
    private func writePending() {
        while true {
            let batch = pending.withLock { pending in
                let batch = Array(pending.waiting.prefix(Self.largestBatch))
                pending.waiting.removeFirst(batch.count)
                pending.bytes -= batch.reduce(0) { $0 + $1.entry.record.count }
                if batch.isEmpty { pending.isWriting = false }
                return batch
            }
            if batch.isEmpty { return }
            let entries = batch.map(\.entry)
            let (results, notices) = writer.withLock { writer in
                (writer.commit(entries, at: clock()), writer.takeNotices())
            }
            for notice in notices { onNotice(notice) }
            for (waiting, result) in zip(batch, results) {
                waiting.continuation.resume(returning: result)
            }
        }
    }

    private static let systemWrite: AuditWrite = { descriptor, bytes in
        let count = write(descriptor, bytes.baseAddress, bytes.count)
        return count < 0 ? -Int(errno) : count
    }
}
