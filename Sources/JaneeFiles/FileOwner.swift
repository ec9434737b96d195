#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// To whom a file belongs.
///
/// Only root can give files away, and must: what it makes in the home of another user would lock that user's server out.
package struct FileOwner: Sendable, Hashable {
    let user: uid_t
    let group: gid_t

    /// The owner of a file, where the process may give files to others; nil elsewhere.
    package init?(of path: String) {
        var status = stat()
        guard geteuid() == 0, stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// To whom a new entry of an open directory is to belong; nil for the user of the process.
    init?(ofEntriesIn directory: Int32) {
        var status = stat()
        guard geteuid() == 0, fstat(directory, &status) == 0, status.st_uid != 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        user = status.st_uid
        group = status.st_gid
    }

    /// Gives a file that was just made to the owner of the directory it was made in, where that is another user.
    ///
    /// - Parameters:
    ///   - descriptor: The file. Nobody else may have made it: a link to another file would be given away.
    ///   - directory: The directory.
    /// - Throws: If the system refuses.
    package static func inherit(_ descriptor: Int32, from directory: Int32, path: String) throws(FileError) {
        try FileOwner(ofEntriesIn: directory)?.own(descriptor, path: path)
    }

    func own(_ descriptor: Int32, path: String) throws(FileError) {
        guard fchown(descriptor, user, group) == 0 else { throw FileError("set owner of", path) }
    }
}
