import JaneeFiles
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The open directory that holds the log.
final class AuditDirectory: Sendable {
    /// Without a slash at its end, which would make the system follow a link.
    let path: String

    /// Whether others can read it.
    let isOpenToOthers: Bool

    private let descriptor: CInt
    private let identity: FileLock.Identity

    /// Opens the directory, for writing also creating it; nil if it is missing.
    init?(path: String, forWriting: Bool) throws(AuditError) {
        let path = Self.normalized(path)
        if forWriting {
            do throws(FileError) {
                _ = try RegularFile.makeSingleDirectory(path)
            } catch {
                throw .file(error)
            }
        }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT, !forWriting { return nil }
            // Which of the two it says about a link depends on the system.
            if code == ENOTDIR || code == ELOOP {
                throw .file(FileError("open", path, refusal: "it is a symbolic link or not a directory"))
            }
            throw .file(FileError("open", path, errorNumber: code))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = FileError("examine", path)
            close(descriptor)
            throw .file(error)
        }
        if let reason = AuditTrust.reasonToRefuse(status, kind: S_IFDIR, forWriting: forWriting) {
            close(descriptor)
            throw .file(FileError("use", path, refusal: reason))
        }
        self.path = path
        self.descriptor = descriptor
        identity = FileLock.Identity(status)
        isOpenToOthers = status.st_mode & (S_IRWXG | S_IRWXO) != 0
    }

    deinit {
        close(descriptor)
    }

    var headPath: String {
        path + "/" + AuditHead.fileName
    }

    /// Whether this is still what is found at the path.
    var isInPlace: Bool {
        var status = stat()
        return lstat(path, &status) == 0 && FileLock.Identity(status) == identity
    }

    /// Whether a day's file is the one given, has this size, and is for nobody else to write.
    func holds(_ file: AuditFile, size: Int64) -> Bool {
        var status = stat()
        guard fstatat(descriptor, file.day.fileName, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        return FileLock.Identity(status) == file.identity && Int64(status.st_size) == size
            && AuditTrust.reasonToRefuse(status, kind: S_IFREG, forWriting: true) == nil
    }

    /// Opens a day's file for reading; nil if it is missing.
    func fileForReading(_ day: UTCDay) throws(AuditError) -> AuditFile? {
        try openFile(day, O_RDONLY, forWriting: false)
    }

    /// Opens a day's file for reading and appending; nil if it is missing.
    func fileForAppending(_ day: UTCDay) throws(AuditError) -> AuditFile? {
        try openFile(day, O_RDWR | O_APPEND, forWriting: true)
    }

    /// Opens a day's file for reading and appending, and creates it if it is missing.
    func createFile(_ day: UTCDay, durably: Bool) throws(AuditError) -> AuditFile {
        if let file = try fileForAppending(day) { return file }
        let created = openat(
            descriptor,
            day.fileName,
            O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
            0o600
        )
        guard created >= 0 else { throw .file(FileError("create", path + "/" + day.fileName)) }
        let file = try AuditFile(created, path: path + "/" + day.fileName, day: day, forWriting: true)
        try inherit(created, path: file.path)
        if durably { try synchronize() }
        return file
    }

    /// Moves the end of a file into a file of its own, and says its name.
    ///
    /// Nothing is cut away before its copy is on the disk.
    func quarantine(_ file: AuditFile, from start: Int64, sequence: UInt64) throws(AuditError) -> String {
        let end = try file.size()
        let temporary = ".torn"
        // One that is left from a process that died; a link put there would be given away.
        unlinkat(descriptor, temporary, 0)
        let target = openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw .file(FileError("create", path + "/" + temporary)) }
        defer { close(target) }
        try inherit(target, path: path + "/" + temporary)
        var position = start
        while position < end {
            var chunk = try file.bytes(in: position..<min(end, position + 65_536))[...]
            guard !chunk.isEmpty else { throw .file(FileError("read", file.path, errorNumber: EIO)) }
            position += Int64(chunk.count)
            while !chunk.isEmpty {
                let count = chunk.withUnsafeBytes { write(target, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .file(FileError("write", path + "/" + temporary)) }
                chunk = chunk.dropFirst(count)
            }
        }
        guard fsync(target) == 0 else { throw .file(FileError("flush", path + "/" + temporary)) }
        let name = try freeName(file.day.fileName + Self.quarantineMark + String(sequence))
        guard renameat(descriptor, temporary, descriptor, name) == 0 else {
            throw .file(FileError("rename", path + "/" + temporary))
        }
        try synchronize()
        // Somebody who does not use the lock may have appended meanwhile; then the next attempt takes that into
        // account.
        guard try file.size() == end else { throw .file(FileError("recover", file.path, errorNumber: EAGAIN)) }
        try file.truncate(to: start)
        return name
    }

    /// The days that have a file, in order, and the names of quarantined ends.
    func list() throws(AuditError) -> (days: [UTCDay], quarantined: [String]) {
        let listed = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard listed >= 0 else { throw .file(FileError("list", path)) }
        guard let stream = fdopendir(listed) else {
            let error = FileError("list", path)
            close(listed)
            throw .file(error)
        }
        defer { closedir(stream) }
        var days: [UTCDay] = []
        var quarantined: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let day = UTCDay(fileName: name) {
                days.append(day)
            } else if name.contains(Self.quarantineMark) {
                quarantined.append(name)
            }
        }
        return (days.sorted(), quarantined.sorted())
    }

    private static let quarantineMark = ".torn-"

    private static func normalized(_ path: String) -> String {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    private func openFile(_ day: UTCDay, _ flags: CInt, forWriting: Bool) throws(AuditError) -> AuditFile? {
        let path = path + "/" + day.fileName
        let opened = openat(descriptor, day.fileName, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
        if opened < 0, errno == ENOENT { return nil }
        guard opened >= 0 else { throw .file(FileError("open", path)) }
        return try AuditFile(opened, path: path, day: day, forWriting: forWriting)
    }

    private func freeName(_ name: String) throws(AuditError) -> String {
        for number in 1...10_000 {
            let candidate = number == 1 ? name : "\(name)-\(number)"
            var status = stat()
            if fstatat(descriptor, candidate, &status, AT_SYMLINK_NOFOLLOW) != 0, errno == ENOENT { return candidate }
        }
        throw .file(FileError("create", path + "/" + name, refusal: "too many files of that name exist"))
    }

    /// Gives a new file to the owner of the log.
    private func inherit(_ file: CInt, path: String) throws(AuditError) {
        do throws(FileError) {
            try FileOwner.inherit(file, from: descriptor, path: path)
        } catch {
            throw .file(error)
        }
    }

    private func synchronize() throws(AuditError) {
        guard fsync(descriptor) == 0 else { throw .file(FileError("flush", path)) }
    }
}
