#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An open directory, through which files are reached by name only.
///
/// Every step is relative to an open descriptor and refuses symbolic links, so nothing that is renamed or linked
/// meanwhile can lead outside.
package final class DirectoryHandle: Sendable {
    /// What a directory entry is.
    package enum Kind: Sendable {
        case file
        case directory
        case other
    }

    /// The prefix of names that only unfinished writes have.
    package static let temporaryPrefix = ".janee-tmp-"

    package let path: String
    private let descriptor: Int32

    /// Opens an existing directory; the last component may be a link only if `followLinks`.
    package convenience init(path: String, followLinks: Bool = true) throws(FileError) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (followLinks ? 0 : O_NOFOLLOW)
        try self.init(open(path, flags), path)
    }

    private init(_ descriptor: Int32, _ path: String) throws(FileError) {
        guard descriptor >= 0 else {
            // With O_DIRECTORY a link that is not followed is reported as "not a directory".
            throw errno == ENOTDIR
                ? FileError("open directory", path, refusal: "it is a symbolic link or not a directory")
                : FileError("open directory", path)
        }
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// The subdirectory `name`; nil if there is none and `create` is false.
    package func directory(_ name: String, create: Bool = false) throws(FileError) -> DirectoryHandle? {
        try check(name)
        if create { _ = try makeDirectory(name) }
        let opened = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        if opened < 0, errno == ENOENT { return nil }
        if opened < 0, errno == ENOTDIR, !create, isRegularFile(name) { return nil }
        let handle = try DirectoryHandle(opened, child(name))
        var status = stat()
        guard fstat(opened, &status) == 0 else { throw FileError("examine", child(name)) }
        guard !PathTrust.isWritableByOthers(status, on: opened) else {
            throw FileError("use", child(name), refusal: "others can write it; run chmod 700 on the directory")
        }
        return handle
    }

    /// Makes the subdirectory `name`, readable by its owner only; false if the name is taken.
    private func makeDirectory(_ name: String) throws(FileError) -> Bool {
        try check(name)
        guard mkdirat(descriptor, name, 0o700) == 0 else {
            if errno == EEXIST { return false }
            throw FileError("make directory", child(name))
        }
        guard geteuid() == 0 else { return true }
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        let made = try FileDescriptor(openat(descriptor, name, flags), opening: child(name))
        try FileOwner.inherit(made.number, from: descriptor, path: child(name))
        return true
    }

    private func isRegularFile(_ name: String) -> Bool {
        var status = stat()
        let isRegular =
            fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFREG
        errno = ENOTDIR
        return isRegular
    }

    /// The content of the regular file `name`, which others must not be able to write; nil if there is none.
    package func read(_ name: String, limit: Int) throws(FileError) -> [UInt8]? {
        try check(name)
        let opened = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if opened < 0, errno == ENOENT { return nil }
        let file = try FileDescriptor(opened, opening: child(name))
        guard !PathTrust.isWritableByOthers(try file.status(), on: opened) else {
            throw FileError("read", child(name), refusal: "others can write it; run chmod 600 on the file")
        }
        return try file.readAll(limit: limit)
    }

    /// Writes the file `name` in one step, durably; with `replacing: false` it must not exist.
    ///
    /// - Parameter owner: To whom the file is to belong; nil for the user of the process or, if that is root, for the
    ///   owner of the directory.
    package func write(
        _ bytes: [UInt8],
        to name: String,
        mode: UInt32 = 0o600,
        owner: FileOwner? = nil,
        replacing: Bool = true
    ) throws(FileError) {
        try check(name)
        removeAbandoned()
        var generator = SystemRandomNumberGenerator()
        let temporary = Self.temporaryPrefix + String(generator.next(), radix: 36)
        do throws(FileError) {
            let opened = openat(
                descriptor,
                temporary,
                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                mode_t(mode)
            )
            let file = try FileDescriptor(opened, opening: child(name))
            // The mode given to openat is subject to the umask, which may be stricter or, for group bits, unexpected.
            guard fchmod(file.number, mode_t(mode)) == 0 else { throw FileError("set mode of", child(name)) }
            try (owner ?? FileOwner(ofEntriesIn: descriptor))?.own(file.number, path: child(name))
            try file.writeAll(bytes)
            guard fsync(file.number) == 0 else { throw FileError("flush", child(name)) }
            if replacing {
                guard renameat(descriptor, temporary, descriptor, name) == 0 else {
                    throw FileError("replace", child(name))
                }
            } else {
                guard linkat(descriptor, temporary, descriptor, name, 0) == 0 else {
                    throw FileError("create", child(name))
                }
                unlinkat(descriptor, temporary, 0)
            }
            guard fsync(descriptor) == 0 else { throw FileError("flush directory of", child(name)) }
        } catch {
            unlinkat(descriptor, temporary, 0)
            throw error
        }
    }

    /// Removes what writers left that were killed: unfinished files that nobody has touched for an hour.
    private func removeAbandoned() {
        let past = time(nil) - 3600
        for name in (try? names()) ?? [] where name.hasPrefix(Self.temporaryPrefix) {
            var status = stat()
            guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.lastWrite < past else {
                continue
            }
            unlinkat(descriptor, name, 0)
        }
    }

    /// Removes the file `name`; false if there is none.
    package func remove(_ name: String) throws(FileError) -> Bool {
        try check(name)
        guard unlinkat(descriptor, name, 0) == 0 else {
            if errno == ENOENT { return false }
            throw FileError("remove", child(name))
        }
        guard fsync(descriptor) == 0 else { throw FileError("flush directory of", child(name)) }
        return true
    }

    /// Removes the subdirectory `name` if it is empty.
    package func removeIfEmpty(_ name: String) {
        guard isEntry(name) else { return }
        unlinkat(descriptor, name, AT_REMOVEDIR)
    }

    /// The names of the entries except `.` and `..`, in no particular order.
    package func names() throws(FileError) -> [String] {
        // fdopendir takes over the descriptor it is given, so it gets one of its own.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw FileError("list", path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// What the entry `name` is, links not followed; nil if there is none.
    package func kind(of name: String) throws(FileError) -> Kind? {
        try check(name)
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw FileError("examine", child(name))
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }

    /// Opens the entry `name` without following a link; negative, with `errno`, if that fails.
    ///
    /// Neither a pipe nor a device in its place makes this wait.
    func openEntry(_ name: String, _ flags: Int32) throws(FileError) -> Int32 {
        try check(name)
        return openat(descriptor, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    }

    /// Gives an entry that was just made to the owner of the directory.
    func inherit(_ entry: Int32, path: String) throws(FileError) {
        try FileOwner.inherit(entry, from: descriptor, path: path)
    }

    /// Refuses what would lead out of the directory, or elsewhere than it says.
    private func check(_ name: String) throws(FileError) {
        guard isEntry(name) else {
            throw FileError("use a name in", path, refusal: "it is empty, '.' or '..', or holds '/' or NUL")
        }
    }

    private func isEntry(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
    }

    func child(_ name: String) -> String {
        path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    }
}

extension stat {
    /// When the content was last written, in seconds since 1970.
    fileprivate var lastWrite: time_t {
        #if canImport(Darwin)
        st_mtimespec.tv_sec
        #else
        st_mtim.tv_sec
        #endif
    }
}
