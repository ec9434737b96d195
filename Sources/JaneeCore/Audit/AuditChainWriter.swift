import JaneeFiles
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Puts records at the end of the chain that several processes share.
///
/// Under the lock it compares three things: the head on disk, what it remembers itself, and the size and identity of
/// the day's file. If they agree, it appends with one write and replaces the head with another, without reading the
/// file. If they do not, ``settle(_:for:in:)`` first finds out what happened. It blocks, so it belongs on a thread of
/// its own.
struct AuditChainWriter {
    /// A record that waits for its place in the chain.
    struct Entry {
        let record: [UInt8]
        let day: UTCDay
    }

    /// The open directory and its lock.
    struct Place {
        let directory: AuditDirectory
        let lock: FileLock
    }

    let path: String
    let synchronizes: Bool
    let lockTimeout: Duration
    let write: AuditWrite

    private var place: Place?

    /// The file that was appended to last.
    var file: AuditFile?

    /// The end of the chain as this process saw it last; it may never be found to lie before that.
    var known: AuditHead?

    /// The form of ``known`` on disk.
    var knownBytes: [UInt8] = []

    /// Records about the log itself that go before the next record.
    var events: [AuditRecord] = []

    /// What an operator is to be told, once the lock is released.
    private(set) var notices: [String] = []

    init(path: String, synchronizes: Bool, lockTimeout: Duration, write: @escaping AuditWrite) {
        self.path = path
        self.synchronizes = synchronizes
        self.lockTimeout = lockTimeout
        self.write = write
    }

    /// Appends the records in order, and says for each its sequence number or why it was not written.
    ///
    /// The records of one day are written together or not at all.
    mutating func commit(_ entries: [Entry], at now: Int64) -> [Result<UInt64, AuditError>] {
        var results: [Result<UInt64, AuditError>] = []
        results.reserveCapacity(entries.count)
        do throws(AuditError) {
            let place = try lockedPlace()
            defer { place.lock.release() }
            while results.count < entries.count {
                let run = entries[results.count...].prefix { $0.day == entries[results.count].day }
                let last = try append(run, at: now, in: place)
                for offset in 1...UInt64(run.count) {
                    results.append(.success(last - UInt64(run.count) + offset))
                }
            }
        } catch {
            // What is on disk is found out anew next time.
            file = nil
            while results.count < entries.count { results.append(.failure(error)) }
        }
        return results
    }

    /// Opens directory and lock, so that a place that cannot be used is reported before anything depends on it.
    mutating func open() throws(AuditError) {
        _ = try openPlace()
    }

    mutating func close() {
        place = nil
        file = nil
    }

    mutating func takeNotices() -> [String] {
        defer { notices.removeAll() }
        return notices
    }

    mutating func notice(_ text: String) {
        notices.append("audit log \(path): \(text)")
    }

    private mutating func openPlace() throws(AuditError) -> Place {
        if let place { return place }
        file = nil
        guard let directory = try AuditDirectory(path: path, forWriting: true) else {
            throw .file(FileError("open", path, errorNumber: ENOENT))
        }
        if directory.isOpenToOthers {
            notice("others can read this directory; run: chmod 700 \(path)")
        }
        do throws(FileLockError) {
            let place = Place(directory: directory, lock: try FileLock(path: directory.headPath))
            self.place = place
            return place
        } catch {
            throw AuditError(error)
        }
    }

    /// Takes the lock of the directory that is found at the path now, even if it was replaced since.
    private mutating func lockedPlace() throws(AuditError) -> Place {
        // Each round follows one replacement; whoever replaces the directory faster than this is not cooperating.
        for _ in 0..<8 {
            let place = try openPlace()
            do throws(FileLockError) {
                if place.directory.isInPlace {
                    try place.lock.acquire(timeout: lockTimeout)
                    if place.directory.isInPlace { return place }
                    place.lock.release()
                }
                self.place = nil
            } catch {
                self.place = nil
                guard case .file(let cause) = error, cause.isNotFound else { throw AuditError(error) }
            }
        }
        throw .file(FileError("lock", path, errorNumber: EAGAIN))
    }

    private mutating func append(
        _ entries: ArraySlice<Entry>,
        at now: Int64,
        in place: Place
    ) throws(AuditError) -> UInt64 {
        guard let day = entries.first?.day else { return 0 }
        let stored = try readHead(place.lock)
        if let stored, let known, stored.sequence > known.sequence, try !stillHolds(known, on: day, in: place.directory)
        {
            gap("record_changed", after: known, found: ["foundSeq": String(stored.sequence)])
        }
        let position: Position
        if let stored, let file, isCurrent(stored, file, day, in: place.directory) {
            position = Position(head: stored, file: file, opensFile: false)
        } else {
            position = try settle(stored, for: day, in: place)
        }
        var head = position.head
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + $1.record.count + AuditLineFormat.longestPlace })
        for record in events.map({ $0.encoded(at: now) }) + entries.map(\.record) {
            let opens = position.opensFile && bytes.isEmpty ? position.file.day : nil
            head.sequence += 1
            head.hash = AuditLineFormat.append(
                record,
                opening: opens,
                sequence: head.sequence,
                previous: head.hash,
                to: &bytes
            )
        }
        head.day = position.file.day
        head.size = try position.file.append(bytes, using: write)
        do throws(AuditError) {
            if synchronizes { try position.file.synchronize() }
            try writeHead(head, place.lock)
        } catch {
            // A record that nobody was told of must not stay: its call is not made.
            try? position.file.undo(from: head.size - Int64(bytes.count), to: head.size)
            throw error
        }
        events.removeAll()
        file = position.file
        return head.sequence
    }

    /// Whether nothing happened that this process does not know how to continue from.
    private func isCurrent(_ head: AuditHead, _ file: AuditFile, _ day: UTCDay, in directory: AuditDirectory) -> Bool {
        guard file.day == head.day, day <= head.day, head.sequence > 0, isNotBeforeKnown(head) else { return false }
        return directory.holds(file, size: head.size)
    }

    /// Whether the chain may end here, after what this process has seen of it.
    func isNotBeforeKnown(_ head: AuditHead) -> Bool {
        guard let known else { return true }
        return known.sequence < head.sequence || known.sequence == head.sequence && known.hash == head.hash
    }
}
