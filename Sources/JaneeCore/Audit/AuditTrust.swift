#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Which files the log relies on.
enum AuditTrust {
    // Asked for once: this is looked at with every record.
    private static let user = geteuid()

    /// What forbids using a file or directory, if anything does.
    static func reasonToRefuse(_ status: stat, kind: mode_t, forWriting: Bool) -> String? {
        if status.st_mode & S_IFMT != kind {
            return kind == S_IFDIR ? "it is not a directory" : "it is not a regular file"
        }
        guard forWriting else { return nil }
        if status.st_mode & (S_IWGRP | S_IWOTH) != 0 { return "others can write it; run: chmod go-w on it" }
        return user == 0 || status.st_uid == user ? nil : "it belongs to another user"
    }
}
