#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Tells who else can read or write a file, so that a policy or a key that others control is not trusted.
package enum PathTrust {
    /// What is wrong with a path.
    package struct Finding: Sendable, Hashable {
        /// Whether others can write (then the path must not be used) or only read (then a warning is due).
        package let othersCanWrite: Bool
        package let path: String
        /// What to do about it.
        package let advice: String
    }

    /// Examines `path` and, for write access, every directory on the way to it, those of links included.
    ///
    /// Not counted as writable by others: sticky directories of root (such as `/tmp`) and read-only mounts (such as
    /// mounted Kubernetes secrets). Nothing is reported for a path that does not exist.
    package static func examine(_ path: String) -> [Finding] {
        var findings: [Finding] = []
        if let status = status(of: path) {
            let shown = status.st_mode & S_IFMT == S_IFDIR ? "700" : "600"
            if isWritableByOthers(status, path) {
                findings.append(
                    Finding(
                        othersCanWrite: true,
                        path: path,
                        advice: "others can write it; run: chmod \(shown) \(path)"
                    )
                )
            } else if status.st_uid != 0, status.st_uid != geteuid() {
                findings.append(
                    Finding(
                        othersCanWrite: false,
                        path: path,
                        advice:
                            "it belongs to another user (id \(status.st_uid)), who can change it; run: chown \(geteuid()) \(path)"
                    )
                )
            } else if status.st_mode & 0o044 != 0 {
                findings.append(
                    Finding(
                        othersCanWrite: false,
                        path: path,
                        advice: "others can read it; run: chmod \(shown) \(path)"
                    )
                )
            }
        }
        for directory in directoriesPassed(path) {
            guard let status = status(of: directory), isWritableByOthers(status, directory) else { continue }
            findings.append(
                Finding(
                    othersCanWrite: true,
                    path: directory,
                    advice: "others can write this directory above \(path); run: chmod go-w \(directory)"
                )
            )
        }
        return findings
    }

    private static func status(of path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }

    private static func isWritableByOthers(_ status: stat, _ path: String) -> Bool {
        guard isOpenToOthers(status) else { return false }
        var fileSystem = statvfs()
        return statvfs(path, &fileSystem) != 0 || fileSystem.f_flag & UInt(ST_RDONLY) == 0
    }

    /// Whether others can write an open file.
    static func isWritableByOthers(_ status: stat, on descriptor: Int32) -> Bool {
        guard isOpenToOthers(status) else { return false }
        var fileSystem = statvfs()
        return fstatvfs(descriptor, &fileSystem) != 0 || fileSystem.f_flag & UInt(ST_RDONLY) == 0
    }

    /// Whether mode and owner let others write, wherever the file is.
    private static func isOpenToOthers(_ status: stat) -> Bool {
        let foreignOwner = status.st_uid != 0 && status.st_uid != geteuid() && geteuid() != 0
        guard foreignOwner || status.st_mode & 0o022 != 0 else { return false }
        return !(status.st_mode & S_IFMT == S_IFDIR && status.st_mode & S_ISVTX != 0 && status.st_uid == 0)
    }

    /// The directories in which something is looked up on the way to `path`, those that links lead through included,
    /// the nearest first: whoever can write one of them decides where the way leads.
    private static func directoriesPassed(_ path: String) -> [String] {
        var passed: [String] = []
        var seen: Set<String> = []
        var current = "/"
        var pending = components(of: path.hasPrefix("/") ? path : workingDirectory + "/" + path)
        var links = 0
        while let name = pending.popLast() {
            if name == "." { continue }
            if seen.insert(current).inserted { passed.append(current) }
            if name == ".." {
                current = RegularFile.split(current).directory
                continue
            }
            let next = current == "/" ? "/\(name)" : "\(current)/\(name)"
            guard let target = target(ofLink: next) else {
                current = next
                continue
            }
            links += 1
            guard links <= maximumLinks else { break }
            if target.hasPrefix("/") { current = "/" }
            pending += components(of: target)
        }
        return passed.reversed()
    }

    /// As many links as Linux follows.
    private static let maximumLinks = 40

    /// The parts of a path, the last one first.
    private static func components(of path: String) -> [String] {
        path.split(separator: "/").reversed().map(String.init)
    }

    private static func target(ofLink path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static var workingDirectory: String {
        guard let pointer = getcwd(nil, 0) else { return "" }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
