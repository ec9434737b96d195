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
    /// - Parameter owner: To whom the file is to belong; nil for the user of the process or, if that is root, for the
    ///   owner of the directory.
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
        do throws(FileError) {
            if try makeSingleDirectory(path) { return }
        } catch {
            let parent = split(path).directory
            guard error.isNotFound, parent != path else { throw error }
            try makeDirectory(parent)
            if try makeSingleDirectory(path) { return }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw FileError("make directory", path, refusal: "something else has that name")
        }
    }

    /// Makes a directory in one that exists, readable by the owner only; false if the name is taken.
    package static func makeSingleDirectory(_ path: String) throws(FileError) -> Bool {
        guard mkdir(path, 0o700) == 0 else {
            if errno == EEXIST { return false }
            throw FileError("make directory", path)
        }
        guard geteuid() == 0 else { return true }
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let parent = try FileDescriptor(open(split(path).directory, flags), opening: path)
        let made = try FileDescriptor(open(path, flags | O_NOFOLLOW), opening: path)
        try FileOwner.inherit(made.number, from: parent.number, path: path)
        return true
    }

    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }
}
