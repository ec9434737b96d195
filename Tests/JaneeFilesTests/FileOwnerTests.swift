import JaneeTestSupport
import Testing

@testable import JaneeFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite(
    "What root makes in the directory of another user",
    .enabled(if: geteuid() == 0, "only root can give files away")
)
struct FileOwnerTests {
    /// Somebody without an account, to whom the directory belongs.
    private static let user: uid_t = 54_321
    private static let group: gid_t = 54_322

    private static func make(_ name: String, in directory: String) throws {
        let path = "\(directory)/\(name)"
        switch name {
        case "written": try RegularFile.write([1], to: path)
        case "created": try RegularFile.create([1], at: path)
        case "directory": #expect(try RegularFile.makeSingleDirectory(path))
        case "directories": try RegularFile.makeDirectory("\(path)/below")
        case "subdirectory": _ = try DirectoryHandle(path: directory).directory(name, create: true)
        default: _ = try FileLock(path: path)
        }
    }

    private static func owner(of path: String) throws -> [UInt32] {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return [status.st_uid, status.st_gid]
    }

    private static let things = ["written", "created", "directory", "directories", "subdirectory", "lock"]

    @Test("belongs to that user", arguments: things)
    func inheritance(thing: String) throws {
        let directory = try TemporaryDirectory()
        #expect(chown(directory.path, Self.user, Self.group) == 0)
        try Self.make(thing, in: directory.path)
        #expect(try Self.owner(of: directory.path(of: thing)) == [Self.user, Self.group])
        if thing == "directories" {
            #expect(try Self.owner(of: directory.path(of: "directories/below")) == [Self.user, Self.group])
        }
    }

    @Test("in a directory of root's own stays root's, whatever its group", arguments: things)
    func ownDirectory(thing: String) throws {
        let directory = try TemporaryDirectory()
        #expect(chown(directory.path, 0, Self.group) == 0)
        try Self.make(thing, in: directory.path)
        #expect(try Self.owner(of: directory.path(of: thing))[0] == 0)
    }

    @Test("does not give away what was there before")
    func existing() throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: "lock", mode: 0o600)
        try directory.makeDirectory("sub")
        #expect(chown(directory.path, Self.user, Self.group) == 0)
        _ = try FileLock(path: directory.path(of: "lock"))
        try RegularFile.makeDirectory(directory.path(of: "sub"))
        _ = try DirectoryHandle(path: directory.path).directory("sub", create: true)
        #expect(try Self.owner(of: directory.path(of: "lock"))[0] == 0)
        #expect(try Self.owner(of: directory.path(of: "sub"))[0] == 0)
    }
}
