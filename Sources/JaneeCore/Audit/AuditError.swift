package import JaneeFiles

/// Why a record could not be written or the log could not be read.
///
/// Whoever gets it from ``AuditLog/append(_:)`` must not do what the record was to be about.
package enum AuditError: Error, Hashable, Sendable {
    /// Another process held the log's lock for too long.
    case lockTimeout(path: String)

    /// More records are waiting to be written than may wait.
    case overloaded

    /// The log was closed before.
    case closed

    /// A file or the directory cannot be used, or is not one to rely on.
    case file(FileError)
}

extension AuditError {
    init(_ error: FileLockError) {
        switch error {
        case .timeout(let path): self = .lockTimeout(path: path)
        case .file(let error): self = .file(error)
        }
    }
}

extension AuditError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .lockTimeout(let path):
            "the audit log is busy: another process holds \(path); find it with: fuser \(path)"
        case .overloaded:
            "the audit log cannot keep up: too many records are waiting; try again with fewer calls at once"
        case .closed: "the audit log is closed because the server is stopping"
        case .file(let error): "the audit log cannot be used: \(error)"
        }
    }
}
