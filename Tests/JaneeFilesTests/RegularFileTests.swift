import JaneeFiles
import JaneeTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Whole files")
struct RegularFileTests {
    private func mode(of path: String) throws -> UInt32 {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return UInt32(status.st_mode) & 0o7777
    }

    private func entries(_ directory: TemporaryDirectory) throws -> [String] {
        try DirectoryHandle(path: directory.path).names().sorted()
    }

    @Test("what is written is read again", arguments: [0, 1, 65_535, 65_536, 65_537, 300_000])
    func roundTrip(count: Int) throws {
        let directory = try TemporaryDirectory()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try RegularFile.write(bytes, to: directory.path(of: "a"))
        #expect(try RegularFile.read(directory.path(of: "a"), limit: 300_000) == bytes)
    }

    @Test("a file has exactly the permissions asked for", arguments: [0o600, 0o640, 0o666, 0o400, 0o777] as [UInt32])
    func permissions(mode: UInt32) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "a")
        try RegularFile.write([1], to: path, mode: mode)
        #expect(try self.mode(of: path) == mode)
        try RegularFile.create([1], at: directory.path(of: "b"), mode: mode)
        #expect(try self.mode(of: directory.path(of: "b")) == mode)
    }

    @Test("without a wish a file is for its owner only, also where a more open one stood")
    func privacy() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("old", to: "a", mode: 0o666)
        try RegularFile.write(Array("new".utf8), to: path)
        #expect(try mode(of: path) == 0o600)
        #expect(try RegularFile.read(path, limit: 3) == Array("new".utf8))
        #expect(try entries(directory) == ["a"])
    }

    @Test("a write replaces the name, not the file that others may hold")
    func replacement() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("old", to: "a")
        let other = directory.path(of: "other")
        #expect(link(path, other) == 0)
        try RegularFile.write(Array("new".utf8), to: path)
        #expect(try RegularFile.read(other, limit: 10) == Array("old".utf8))

        // A link is replaced, not followed.
        let alias = directory.path(of: "alias")
        #expect(symlink(other, alias) == 0)
        try RegularFile.write(Array("newest".utf8), to: alias)
        #expect(try RegularFile.read(alias, limit: 10) == Array("newest".utf8))
        #expect(try RegularFile.read(other, limit: 10) == Array("old".utf8))
    }

    @Test("a failed write leaves neither a temporary file nor a change")
    func failedWrite() throws {
        let directory = try TemporaryDirectory()
        let inTheWay = try directory.makeDirectory("a")
        try directory.write("x", to: "a/inside")
        let error = #expect(throws: FileError.self) { try RegularFile.write([1], to: inTheWay) }
        #expect(error?.operation == "replace")
        #expect(error?.path == inTheWay)
        #expect(try entries(directory) == ["a"])
        #expect(try RegularFile.read(directory.path(of: "a/inside"), limit: 1) == Array("x".utf8))
    }

    @Test("a file is created once")
    func creation() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "a")
        try RegularFile.create([1], at: path)
        let error = #expect(throws: FileError.self) { try RegularFile.create([2], at: path) }
        #expect(error?.errorNumber == EEXIST)
        #expect(try RegularFile.read(path, limit: 1) == [1])

        // A link that leads nowhere is there, too.
        #expect(symlink(directory.path(of: "nowhere"), directory.path(of: "alias")) == 0)
        #expect(throws: FileError.self) { try RegularFile.create([2], at: directory.path(of: "alias")) }
        #expect(try entries(directory) == ["a", "alias"])
    }

    @Test("writing needs a directory and a name")
    func badTargets() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "file")
        for name in ["missing/a", "file/a", "", "..", "."] {
            #expect(throws: FileError.self) { try RegularFile.write([1], to: directory.path(of: name)) }
            #expect(throws: FileError.self) { try RegularFile.create([1], at: directory.path(of: name)) }
        }
        #expect(throws: FileError.self) {
            try RegularFile.write([1], to: directory.path(of: String(repeating: "n", count: 256)))
        }
        #expect(try entries(directory) == ["file"])
    }

    @Test("a limit is the largest size that is read", arguments: [0, 1, 10, 65_536])
    func limit(limit: Int) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "a")
        try RegularFile.write([UInt8](repeating: 7, count: limit), to: path)
        #expect(try RegularFile.read(path, limit: limit).count == limit)
        try RegularFile.write([UInt8](repeating: 7, count: limit + 1), to: path)
        let error = #expect(throws: FileError.self) { try RegularFile.read(path, limit: limit) }
        #expect(error?.description == "cannot read \(path): it is larger than \(limit) bytes")
    }

    #if os(Linux)
    @Test("the limit also holds for files that do not tell their size")
    func unknownSize() throws {
        #expect(try !RegularFile.read("/proc/self/status", limit: 1 << 20).isEmpty)
        let error = #expect(throws: FileError.self) { try RegularFile.read("/proc/self/status", limit: 16) }
        #expect(error?.reason == "it is larger than 16 bytes")
    }
    #endif

    @Test("links are followed only where that was asked for")
    func links() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "a")
        #expect(symlink("a", directory.path(of: "alias")) == 0)
        #expect(symlink("alias", directory.path(of: "second")) == 0)
        #expect(symlink("loop", directory.path(of: "loop")) == 0)
        #expect(symlink("nowhere", directory.path(of: "dangling")) == 0)
        for name in ["alias", "second"] {
            #expect(try RegularFile.read(directory.path(of: name), limit: 1, followLinks: true) == Array("x".utf8))
        }
        for name in ["alias", "second", "loop", "dangling"] {
            let error = #expect(throws: FileError.self) { try RegularFile.read(directory.path(of: name), limit: 1) }
            #expect(error?.reason == "it is a symbolic link, which is not followed here")
            #expect(error?.isNotFound == false)
        }
        let dangling = #expect(throws: FileError.self) {
            try RegularFile.read(directory.path(of: "dangling"), limit: 1, followLinks: true)
        }
        #expect(dangling?.isNotFound == true)
        #expect(throws: FileError.self) {
            try RegularFile.read(directory.path(of: "loop"), limit: 1, followLinks: true)
        }
    }

    @Test("only regular files are read, and nothing waits for a pipe", arguments: [false, true])
    func kinds(followLinks: Bool) throws {
        let directory = try TemporaryDirectory()
        #expect(mkfifo(directory.path(of: "pipe"), 0o600) == 0)
        #expect(symlink("pipe", directory.path(of: "alias")) == 0)
        for path in [directory.path, directory.path(of: "pipe"), "/dev/zero"]
            + (followLinks ? [directory.path(of: "alias")] : [])
        {
            let error = #expect(throws: FileError.self) {
                try RegularFile.read(path, limit: 100, followLinks: followLinks)
            }
            #expect(error?.description == "cannot read \(path): it is not a regular file")
        }
    }

    @Test("a missing file is told from one that cannot be read")
    func missing() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "file")
        let missing = #expect(throws: FileError.self) { try RegularFile.read(directory.path(of: "a"), limit: 1) }
        #expect(missing?.isNotFound == true)
        #expect(missing?.description == "cannot open \(directory.path(of: "a")): it does not exist")
        let below = #expect(throws: FileError.self) { try RegularFile.read(directory.path(of: "file/a"), limit: 1) }
        #expect(below?.isNotFound == false)
        #expect(throws: FileError.self) { try RegularFile.read("", limit: 1) }
    }

    @Test("a file that its owner may not read is a matter of permission", .enabled(if: geteuid() != 0))
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("x", to: "a", mode: 0)
        let error = #expect(throws: FileError.self) { try RegularFile.read(path, limit: 1) }
        #expect(error?.isPermissionDenied == true)
    }

    @Test("whatever has the name exists")
    func existence() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "a")
        try directory.makeDirectory("b")
        #expect(symlink("nowhere", directory.path(of: "c")) == 0)
        for name in ["a", "b", "c"] { #expect(RegularFile.exists(directory.path(of: name))) }
        for name in ["d", "a/x"] { #expect(!RegularFile.exists(directory.path(of: name))) }
    }

    @Test("a directory is made with those above it, for its owner only")
    func directories() throws {
        let directory = try TemporaryDirectory()
        for name in ["a", "b/c/d", "b/c/e/", "b//f/g"] {
            try RegularFile.makeDirectory(directory.path(of: name))
            try RegularFile.makeDirectory(directory.path(of: name))
        }
        for name in ["a", "b", "b/c", "b/c/d", "b/c/e", "b/f/g"] {
            #expect(try mode(of: directory.path(of: name)) == 0o700)
        }
        try RegularFile.makeDirectory("/")
    }

    @Test("a directory that is there keeps its permissions, and a link to one will do")
    func existingDirectories() throws {
        let directory = try TemporaryDirectory()
        let open = try directory.makeDirectory("open", mode: 0o755)
        try RegularFile.makeDirectory(open)
        #expect(try mode(of: open) == 0o755)
        #expect(symlink("open", directory.path(of: "alias")) == 0)
        try RegularFile.makeDirectory(directory.path(of: "alias/below"))
        #expect(try mode(of: directory.path(of: "open/below")) == 0o700)
    }

    @Test("anything else of that name is refused")
    func noDirectories() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "file")
        #expect(symlink("nowhere", directory.path(of: "dangling")) == 0)
        for name in ["file", "dangling", "dangling/below"] {
            let error = #expect(throws: FileError.self) { try RegularFile.makeDirectory(directory.path(of: name)) }
            #expect(error?.reason == "something else has that name")
        }
        #expect(throws: FileError.self) { try RegularFile.makeDirectory(directory.path(of: "file/below")) }
        #expect(throws: FileError.self) { try RegularFile.makeDirectory("") }
        #expect(!RegularFile.exists(directory.path(of: "nowhere")))
    }
}
