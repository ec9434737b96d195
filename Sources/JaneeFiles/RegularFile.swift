#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Whole files by path: bounded reads and atomic writes.
package enum RegularFile {
    /// Reads a regular file.
    ///
    /// - Parameters:
    ///   - limit: The largest size accepted, in bytes.
    ///   - followLinks: Whether the last component may be a symbolic link, as mounted Kubernetes secrets are.
    package static func read(_ path: String, limit: Int, followLinks: Bool = false) throws(FileError) -> [UInt8] {
        // O_NONBLOCK keeps a pipe in place of the file from blocking the open; it has no effect on regular files.
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW)
        return try FileDescriptor(open(path, flags), opening: path).readAll(limit: limit)
    }

    /// Replaces a file in one step: temporary file in the same directory, fsync, rename, fsync of the directory.
    ///
    /// - Parameter owner: To whom the file is to belong; nil for the user of the process.
    package static func write(
        _ bytes: [UInt8],
        to path: String,
        mode: UInt32 = 0o600,
        owner: FileOwner? = nil
    ) throws(FileError) {
        let (directory, name) = split(path)
        try DirectoryHandle(path: directory).write(bytes, to: name, mode: mode, owner: owner)
    }

    /// Creates a file that must not exist yet, atomically and durably.
    package static func create(_ bytes: [UInt8], at path: String, mode: UInt32 = 0o600) throws(FileError) {
        let (directory, name) = split(path)
        try DirectoryHandle(path: directory).write(bytes, to: name, mode: mode, replacing: false)
    }

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Makes a directory and the missing ones above it, readable by the owner only.
    package static func makeDirectory(_ path: String) throws(FileError) {
        if mkdir(path, 0o700) == 0 { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw FileError("make directory", path, refusal: "something else has that name")
            }
        case ENOENT:
            let parent = split(path).directory
            guard parent != path else { throw FileError("make directory", path, errorNumber: ENOENT) }
            try makeDirectory(parent)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("make directory", path) }
        default:
            throw FileError("make directory", path)
        }
    }

    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }
}

/// To whom a file belongs.
package struct FileOwner: Sendable, Hashable {
    let user: uid_t
    let group: gid_t

    /// The owner of a file, where the process may give files to others; nil elsewhere.
    package init?(of path: String) {
        var status = stat()
        guard geteuid() == 0, stat(path, &status) == 0 else { return nil }
        user = status.st_uid
        group = status.st_gid
    }
}
