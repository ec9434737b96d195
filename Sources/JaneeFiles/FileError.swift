#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A failed file operation: what was tried, on which path, and the system's reason.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, such as `open` or `rename`.
    package let operation: String
    /// The path as the caller named it.
    package let path: String
    /// The `errno` of the system call, or 0 where the refusal is our own.
    package let errorNumber: Int32
    /// Why, in words.
    package let reason: String

    package init(_ operation: String, _ path: String, errorNumber: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.errorNumber = errorNumber
        reason = Self.words(for: errorNumber)
    }

    package init(_ operation: String, _ path: String, refusal: String) {
        self.operation = operation
        self.path = path
        errorNumber = 0
        reason = refusal
    }

    package var isNotFound: Bool { errorNumber == ENOENT }

    /// Whether there is something of that name already.
    package var isTaken: Bool { errorNumber == EEXIST }

    package var isPermissionDenied: Bool { errorNumber == EACCES || errorNumber == EPERM }

    package var description: String { "cannot \(operation) \(path): \(reason)" }

    /// The everyday failures by what an operator can do; anything else as the system words it.
    private static func words(for number: Int32) -> String {
        switch number {
        case ENOSPC, EDQUOT: "the disk is full (or the quota is used up)"
        case EROFS: "the file system is read-only"
        case EACCES, EPERM: "permission denied"
        case ENOENT: "it does not exist"
        case ELOOP: "it is a symbolic link, which is not followed here"
        case ENAMETOOLONG: "the name is too long"
        default: String(cString: strerror(number))
        }
    }
}
