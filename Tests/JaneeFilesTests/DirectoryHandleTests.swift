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

@Suite("Directories held open")
struct DirectoryHandleTests {
    @Test("entries are listed, told apart, read and removed")
    func entries() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "file")
        try directory.makeDirectory("folder")
        #expect(symlink("file", directory.path(of: "link")) == 0)
        #expect(mkfifo(directory.path(of: "pipe"), 0o600) == 0)
        let handle = try DirectoryHandle(path: directory.path)
        #expect(try handle.names().sorted() == ["file", "folder", "link", "pipe"])
        #expect(try handle.names().sorted() == ["file", "folder", "link", "pipe"])
        #expect(try handle.kind(of: "file") == .file)
        #expect(try handle.kind(of: "folder") == .directory)
        #expect(try handle.kind(of: "link") == .other)
        #expect(try handle.kind(of: "pipe") == .other)
        #expect(try handle.kind(of: "missing") == nil)
        #expect(try handle.read("file", limit: 1) == Array("x".utf8))
        #expect(try handle.read("missing", limit: 1) == nil)
        #expect(try handle.remove("link"))
        #expect(try handle.remove("pipe"))
        #expect(try !handle.remove("pipe"))
        #expect(try handle.remove("file"))
        #expect(try handle.names() == ["folder"])
    }

    @Test("an empty directory has no names")
    func empty() throws {
        let directory = try TemporaryDirectory()
        #expect(try DirectoryHandle(path: directory.path + "/..").names().isEmpty == false)
        #expect(try DirectoryHandle(path: directory.path).names() == [])
    }

    @Test("thousands of names are listed whole")
    func many() throws {
        let directory = try TemporaryDirectory()
        let wanted = (0..<3000).map { "name-\($0)" }
        for name in wanted { close(open(directory.path(of: name), O_CREAT | O_WRONLY, 0o600)) }
        #expect(try Set(DirectoryHandle(path: directory.path).names()) == Set(wanted))
    }

    @Test("links are never followed below a handle")
    func links() throws {
        let outside = try TemporaryDirectory()
        try outside.write("secret", to: "file")
        let directory = try TemporaryDirectory()
        #expect(symlink(outside.path, directory.path(of: "folder")) == 0)
        #expect(symlink(outside.path(of: "file"), directory.path(of: "file")) == 0)
        let handle = try DirectoryHandle(path: directory.path)
        #expect(throws: FileError.self) { try handle.directory("folder") }
        #expect(throws: FileError.self) { try handle.directory("folder", create: true) }
        let error = #expect(throws: FileError.self) { try handle.read("file", limit: 10) }
        #expect(error?.reason == "it is a symbolic link, which is not followed here")
        try handle.write(Array("own".utf8), to: "file")
        #expect(try RegularFile.read(outside.path(of: "file"), limit: 10) == Array("secret".utf8))
        #expect(try handle.remove("folder"))
        #expect(RegularFile.exists(outside.path(of: "file")))
    }

    @Test("the directory itself may be a link only if that was asked for")
    func opening() throws {
        let directory = try TemporaryDirectory()
        let folder = try directory.makeDirectory("folder")
        try directory.write("x", to: "file")
        let alias = directory.path(of: "alias")
        #expect(symlink(folder, alias) == 0)
        #expect(try DirectoryHandle(path: alias).names() == [])
        for path in [alias, directory.path(of: "file")] {
            let error = #expect(throws: FileError.self) { try DirectoryHandle(path: path, followLinks: false) }
            #expect(error?.reason == "it is a symbolic link or not a directory")
        }
        let missing = #expect(throws: FileError.self) { try DirectoryHandle(path: directory.path(of: "missing")) }
        #expect(missing?.isNotFound == true)
    }

    @Test("nothing that is done to the path leads elsewhere")
    func renamed() throws {
        let directory = try TemporaryDirectory()
        let first = try directory.makeDirectory("first")
        let handle = try DirectoryHandle(path: first)
        #expect(rename(first, directory.path(of: "moved")) == 0)
        let second = try directory.makeDirectory("first")
        try handle.write([1], to: "a")
        #expect(RegularFile.exists(directory.path(of: "moved/a")))
        #expect(!RegularFile.exists(second + "/a"))
    }

    @Test("subdirectories are made for their owner only, or are missing")
    func subdirectories() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "file")
        let handle = try DirectoryHandle(path: directory.path)
        #expect(try handle.directory("a") == nil)
        #expect(try handle.directory("file") == nil)
        #expect(throws: FileError.self) { try handle.directory("file", create: true) }
        let made = try #require(try handle.directory("a", create: true))
        #expect(made.path == directory.path(of: "a"))
        try made.write([1], to: "b")
        #expect(try handle.directory("a", create: true)?.names() == ["b"])
        var status = stat()
        #expect(lstat(made.path, &status) == 0 && status.st_mode & 0o777 == 0o700)
        handle.removeIfEmpty("a")
        #expect(RegularFile.exists(made.path))
        #expect(try made.remove("b"))
        handle.removeIfEmpty("a")
        handle.removeIfEmpty("a")
        handle.removeIfEmpty("file")
        #expect(try handle.names() == ["file"])
    }

    @Test(
        "what is not the name of an entry is refused everywhere",
        arguments: ["", ".", "..", "/", "a/b", "../a", "a/", "/etc/passwd", "a\u{0}b", "\u{0}"]
    )
    func names(name: String) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("a")
        try directory.write("x", to: "a/b")
        try directory.makeDirectory("inside")
        let handle = try DirectoryHandle(path: directory.path(of: "inside"))
        #expect(throws: FileError.self) { try handle.directory(name) }
        #expect(throws: FileError.self) { try handle.directory(name, create: true) }
        #expect(throws: FileError.self) { try handle.read(name, limit: 1) }
        #expect(throws: FileError.self) { try handle.write([1], to: name) }
        #expect(throws: FileError.self) { try handle.remove(name) }
        #expect(throws: FileError.self) { try handle.kind(of: name) }
        handle.removeIfEmpty(name)
        #expect(try handle.names() == [])
        #expect(try DirectoryHandle(path: directory.path).names().sorted() == ["a", "inside"])
    }

    @Test("a write replaces or creates in one step and leaves nothing behind")
    func writing() throws {
        let directory = try TemporaryDirectory()
        let handle = try DirectoryHandle(path: directory.path)
        try handle.write([1], to: "a")
        try handle.write([2], to: "a")
        #expect(try handle.read("a", limit: 1) == [2])
        let exists = #expect(throws: FileError.self) { try handle.write([3], to: "a", replacing: false) }
        #expect(exists?.errorNumber == EEXIST)
        #expect(exists?.path == directory.path(of: "a"))
        try handle.write([4], to: "b", mode: 0o640, replacing: false)
        var status = stat()
        #expect(lstat(directory.path(of: "b"), &status) == 0 && status.st_mode & 0o777 == 0o640 && status.st_nlink == 1)
        try directory.makeDirectory("folder")
        #expect(throws: FileError.self) { try handle.write([5], to: "folder") }
        #expect(try handle.names().sorted() == ["a", "b", "folder"])
        #expect(try handle.read("a", limit: 1) == [2])
    }

    @Test("a write removes what killed writers left an hour ago, and nothing that is being written")
    func abandoned() throws {
        let directory = try TemporaryDirectory()
        let names = [".janee-tmp-old", ".janee-tmp-new", "old"]
        for name in names {
            try directory.write("x", to: name)
            guard name.hasSuffix("old") else { continue }
            let past = timespec(tv_sec: time(nil) - 3700, tv_nsec: 0)
            #expect(utimensat(AT_FDCWD, directory.path(of: name), [past, past], 0) == 0)
        }
        let handle = try DirectoryHandle(path: directory.path)
        try handle.write([1], to: "a")
        #expect(try handle.names().sorted() == [".janee-tmp-new", "a", "old"])
    }

    @Test("readers see an old or a new content, never a part of one")
    func atomicity() async throws {
        let directory = try TemporaryDirectory()
        let handle = try DirectoryHandle(path: directory.path)
        let contents = (0..<2).map { [UInt8](repeating: $0, count: 100_000) }
        try handle.write(contents[0], to: "a")
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for round in 0..<40 {
                    guard (try? handle.write(contents[round % 2], to: "a")) != nil else { return false }
                }
                return true
            }
            group.addTask {
                for _ in 0..<200 {
                    guard let bytes = try? handle.read("a", limit: 100_000), contents.contains(bytes) else {
                        return false
                    }
                }
                return true
            }
            for await whole in group { #expect(whole) }
        }
        #expect(try handle.names() == ["a"])
    }

    @Test("a file that others can write is not read")
    func writableByOthers() throws {
        let directory = try TemporaryDirectory()
        let handle = try DirectoryHandle(path: directory.path)
        for mode in [0o620, 0o602, 0o666] as [UInt32] {
            try directory.write("x", to: "a", mode: mode)
            let error = #expect(throws: FileError.self) { try handle.read("a", limit: 1) }
            #expect(error?.reason.hasPrefix("others can write it") == true)
        }
        for mode in [0o600, 0o644, 0o400, 0o640] as [UInt32] {
            try directory.write("x", to: "a", mode: mode)
            #expect(try handle.read("a", limit: 1) == Array("x".utf8))
        }
    }
}
