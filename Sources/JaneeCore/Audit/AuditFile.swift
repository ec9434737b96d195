import JaneeFiles
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How bytes get into a file: like `write`, but a failure is the negated `errno`.
typealias AuditWrite = @Sendable (CInt, UnsafeRawBufferPointer) -> Int

/// An open file of the log.
final class AuditFile: Sendable {
    let path: String
    let day: UTCDay
    let identity: FileLock.Identity
    private let descriptor: CInt

    /// Takes over an open descriptor of a regular file that nobody else can write.
    init(_ descriptor: CInt, path: String, day: UTCDay, forWriting: Bool) throws(AuditError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = FileError("examine", path)
            close(descriptor)
            throw .file(error)
        }
        if let reason = AuditTrust.reasonToRefuse(status, kind: S_IFREG, forWriting: forWriting) {
            close(descriptor)
            throw .file(FileError("use", path, refusal: reason))
        }
        self.descriptor = descriptor
        self.path = path
        self.day = day
        identity = FileLock.Identity(status)
    }

    deinit {
        close(descriptor)
    }

    func size() throws(AuditError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(FileError("examine", path)) }
        return Int64(status.st_size)
    }

    /// Reads into the end of some bytes and says how many came; fewer than asked for only at the end of the file.
    func read(_ count: Int, at offset: Int64, into bytes: inout [UInt8]) throws(AuditError) -> Int {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        var received = 0
        while received < count {
            let result = bytes.withUnsafeMutableBytes { buffer in
                let target = UnsafeMutableRawBufferPointer(rebasing: buffer[(start + received)...])
                return pread(descriptor, target.baseAddress, count - received, off_t(offset) + off_t(received))
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw .file(FileError("read", path)) }
            if result == 0 { break }
            received += result
        }
        bytes.removeLast(count - received)
        return received
    }

    func bytes(in range: Range<Int64>) throws(AuditError) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try read(Int(range.upperBound - range.lowerBound), at: range.lowerBound, into: &bytes)
        return bytes
    }

    func truncate(to size: Int64) throws(AuditError) {
        while ftruncate(descriptor, off_t(size)) != 0 {
            guard errno == EINTR else { throw .file(FileError("truncate", path)) }
        }
    }

    /// Waits until the content is on the disk.
    func synchronize() throws(AuditError) {
        #if canImport(Darwin)
        let failed = fsync(descriptor) != 0
        #else
        let failed = fdatasync(descriptor) != 0
        #endif
        if failed { throw .file(FileError("flush", path)) }
    }

    /// Appends everything or nothing, and says where the appended bytes end.
    ///
    /// Another program that knows nothing of the lock may append before or after, but what it wrote is never cut away.
    func append(_ bytes: [UInt8], using write: AuditWrite) throws(AuditError) -> Int64 {
        var written = 0
        var start: Int64?
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, UnsafeRawBufferPointer(rebasing: $0[written...])) }
            if count == -Int(EINTR) { continue }
            // In append mode a write leaves the position behind what it wrote, wherever that was.
            let end = Int64(lseek(descriptor, 0, SEEK_CUR))
            let failure: CInt = count > 0 ? 0 : count < 0 ? CInt(-count) : EIO
            let isTorn = failure == 0 && start.map { end - Int64(count) != $0 + Int64(written) } ?? false
            guard failure == 0, !isTorn else {
                if let start { try? undo(from: start, to: start + Int64(written)) }
                throw .file(FileError("write", path, errorNumber: isTorn ? EAGAIN : failure))
            }
            start = start ?? end - Int64(count)
            written += count
        }
        return (start ?? 0) + Int64(written)
    }

    /// Cuts away what was appended last, if nothing came after it.
    func undo(from start: Int64, to end: Int64) throws(AuditError) {
        guard try size() == end else { return }
        try truncate(to: start)
    }
}
