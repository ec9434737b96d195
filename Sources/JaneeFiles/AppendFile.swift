#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An open file of lines that only grows, also where several processes write to it.
package final class AppendFile: Sendable {
    package let path: String
    private let descriptor: Int32

    /// Takes over a descriptor that was opened for reading and appending.
    ///
    /// - Throws: If it is no regular file, or one that others can write.
    init(_ opened: Int32, path: String) throws(FileError) {
        guard opened >= 0 else { throw FileError("open", path) }
        descriptor = opened
        self.path = path
        var status = stat()
        guard fstat(opened, &status) == 0 else { throw FileError("examine", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError("append to", path, refusal: "it is not a regular file")
        }
        guard !PathTrust.isWritableByOthers(status, on: opened) else {
            throw FileError("append to", path, refusal: "others can write it; run chmod 600 on the file")
        }
    }

    deinit { close(descriptor) }

    /// Appends a line, which ends with a line feed, in one system call, so that it is not mixed with those of others.
    ///
    /// What a full disk has cut off stays where it is; the next line then begins on a line of its own.
    package func append(_ line: [UInt8]) throws(FileError) {
        let bytes = endsWithinLine ? [0x0A] + line : line
        while true {
            let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written >= 0 else { throw FileError("write", path) }
            guard written == bytes.count else { throw FileError("write", path, errorNumber: ENOSPC) }
            return
        }
    }

    private var endsWithinLine: Bool {
        var status = stat()
        var last: UInt8 = 0
        guard fstat(descriptor, &status) == 0, status.st_size > 0, pread(descriptor, &last, 1, status.st_size - 1) == 1
        else { return false }
        return last != 0x0A
    }
}

extension DirectoryHandle {
    /// Opens the file `name` for appending; if it is missing, it is made, readable by its owner only.
    package func appendFile(_ name: String) throws(FileError) -> AppendFile {
        // Each round follows a removal or a creation of the file just then.
        for _ in 0..<8 {
            let existing = try openEntry(name, O_RDWR | O_APPEND)
            if existing >= 0 || errno != ENOENT { return try AppendFile(existing, path: child(name)) }
            let made = try openEntry(name, O_RDWR | O_APPEND | O_CREAT | O_EXCL)
            if made < 0, errno == EEXIST { continue }
            let file = try AppendFile(made, path: child(name))
            try inherit(made, path: file.path)
            return file
        }
        throw FileError("open", child(name), errorNumber: ENOENT)
    }
}

extension RegularFile {
    /// Opens a file for appending; if it is missing, it is made, readable by its owner only.
    package static func appendFile(_ path: String) throws(FileError) -> AppendFile {
        let (directory, name) = split(path)
        return try DirectoryHandle(path: directory).appendFile(name)
    }
}
