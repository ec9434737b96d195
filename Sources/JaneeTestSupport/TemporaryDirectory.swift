package import JaneeFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A directory of a test's own below the system's temporary one, for its owner only; it goes with the object.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws(FileError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((parent + "/janee-test-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError("make directory", parent) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        empty()
        rmdir(path)
    }

    /// The path of an entry, which need not exist.
    package func path(of name: String) -> String { "\(path)/\(name)" }

    /// Writes a file with exactly these permissions, whatever the umask, and answers its path.
    @discardableResult
    package func write(_ content: String, to name: String, mode: UInt32 = 0o600) throws(FileError) -> String {
        let path = path(of: name)
        try RegularFile.write(Array(content.utf8), to: path, mode: mode)
        return path
    }

    /// Makes a symbolic link.
    package func link(_ name: String, to target: String) throws(FileError) {
        let path = path(of: name)
        guard symlink(target, path) == 0 else { throw FileError("link", path) }
    }

    /// Makes a subdirectory with exactly these permissions, whatever the umask, and answers its path.
    @discardableResult
    package func makeDirectory(_ name: String, mode: UInt32 = 0o700) throws(FileError) -> String {
        let path = path(of: name)
        guard mkdir(path, 0o700) == 0, chmod(path, mode_t(mode)) == 0 else { throw FileError("make directory", path) }
        return path
    }

    /// Removes everything in it.
    package func empty() {
        Self.empty(path)
    }

    /// Removes what is in a directory; links are removed, not followed.
    private static func empty(_ path: String) {
        chmod(path, 0o700)
        guard let directory = try? DirectoryHandle(path: path, followLinks: false) else { return }
        for name in (try? directory.names()) ?? [] {
            let child = "\(path)/\(name)"
            if (try? directory.kind(of: name)) == .directory {
                empty(child)
                rmdir(child)
            } else {
                unlink(child)
            }
        }
    }
}
