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

@Suite("Who else can read or write a path")
struct PathTrustTests {
    private enum Verdict: Sendable {
        case trusted
        case readable
        case writable
    }

    private static let fileModes: [(UInt32, Verdict)] = [
        (0o600, .trusted), (0o400, .trusted), (0o700, .trusted), (0o601, .trusted), (0o610, .trusted),
        (0o000, .trusted),
        (0o640, .readable), (0o604, .readable), (0o644, .readable), (0o444, .readable), (0o755, .readable),
        (0o620, .writable), (0o602, .writable), (0o622, .writable), (0o660, .writable), (0o606, .writable),
        (0o664, .writable), (0o666, .writable), (0o777, .writable), (0o1666, .writable), (0o022, .writable),
    ]

    @Test("a file's own permissions", arguments: fileModes)
    private func files(mode: UInt32, verdict: Verdict) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("x", to: "a", mode: mode)
        let findings = PathTrust.examine(path)
        switch verdict {
        case .trusted: #expect(findings == [])
        case .readable:
            #expect(findings.map(\.othersCanWrite) == [false])
            #expect(findings.first?.advice == "others can read it; run: chmod 600 \(path)")
        case .writable:
            #expect(findings.map(\.othersCanWrite) == [true])
            #expect(findings.first?.advice == "others can write it; run: chmod 600 \(path)")
        }
        #expect(findings.allSatisfy { $0.path == path })
    }

    @Test(
        "a directory's own permissions",
        arguments: [
            (0o700, nil), (0o711, nil), (0o755, false), (0o750, false), (0o770, true), (0o777, true), (0o707, true),
        ]
            as [(UInt32, Bool?)]
    )
    func directories(mode: UInt32, othersCanWrite: Bool?) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.makeDirectory("a", mode: mode)
        let findings = PathTrust.examine(path)
        #expect(findings.map(\.othersCanWrite) == [othersCanWrite].compactMap(\.self))
        #expect(findings.allSatisfy { $0.advice.hasSuffix("chmod 700 \(path)") })
    }

    @Test(
        "every directory above counts, for writing only",
        arguments: [
            ("", 0o755, false), ("", 0o711, false), ("", 0o770, true), ("", 0o707, true), ("/b", 0o755, false),
            ("/b", 0o775, true), ("/b", 0o777, true), ("/b/c", 0o757, true), ("/b/c", 0o555, false),
        ] as [(String, UInt32, Bool)]
    )
    func above(name: String, mode: UInt32, isReported: Bool) throws {
        let directory = try TemporaryDirectory()
        for name in ["a", "a/b", "a/b/c"] { try directory.makeDirectory(name) }
        let file = try directory.write("x", to: "a/b/c/file")
        let culprit = directory.path(of: "a") + name
        #expect(chmod(culprit, mode_t(mode)) == 0)
        let findings = PathTrust.examine(file)
        #expect(findings.map(\.path) == (isReported ? [culprit] : []))
        #expect(findings.allSatisfy { $0.othersCanWrite })
        #expect(findings.allSatisfy { $0.advice.hasSuffix("run: chmod go-w \(culprit)") })
        // The same for a file that is yet to be made.
        #expect(PathTrust.examine(directory.path(of: "a/b/c/missing")).map(\.path) == (isReported ? [culprit] : []))
    }

    @Test("all findings are reported, the nearest first")
    func several() throws {
        let directory = try TemporaryDirectory()
        let outer = try directory.makeDirectory("a", mode: 0o777)
        let inner = try directory.makeDirectory("a/b", mode: 0o770)
        let file = try directory.write("x", to: "a/b/file", mode: 0o666)
        #expect(PathTrust.examine(file).map(\.path) == [file, inner, outer])
    }

    @Test("a sticky directory of root is no danger, one of a user is")
    func sticky() throws {
        let directory = try TemporaryDirectory()
        let folder = try directory.makeDirectory("a", mode: 0o1777)
        let file = try directory.write("x", to: "a/file")
        #expect(PathTrust.examine(file).map(\.path) == (geteuid() == 0 ? [] : [folder]))
        #expect(PathTrust.examine("/tmp/janee-does-not-exist") == [])
    }

    @Test("a missing path and a path below a file are not findings")
    func missing() throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "file")
        for name in ["missing", "missing/a/b", "file/below"] {
            #expect(PathTrust.examine(directory.path(of: name)) == [])
        }
        #expect(PathTrust.examine("/").allSatisfy { !$0.othersCanWrite })
    }

    @Test(
        "the spelling of a path makes no difference",
        arguments: ["a//b/file", "a/./b/file", "a/b/../b/file", "./a/b/./file"]
    )
    func spelling(name: String) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("a")
        let folder = try directory.makeDirectory("a/b", mode: 0o777)
        try directory.write("x", to: "a/b/file")
        #expect(PathTrust.examine(directory.path(of: name)).map(\.path) == [folder])
        #expect(PathTrust.examine(folder + "/").map(\.othersCanWrite) == [true])
    }

    @Test("a link's target counts, not the link")
    func targets() throws {
        let directory = try TemporaryDirectory()
        let alias = directory.path(of: "alias")
        for (mode, othersCanWrite) in [(0o600, nil), (0o644, false), (0o666, true)] as [(UInt32, Bool?)] {
            unlink(alias)
            #expect(symlink(try directory.write("x", to: "file", mode: mode), alias) == 0)
            #expect(PathTrust.examine(alias).map(\.othersCanWrite) == [othersCanWrite].compactMap(\.self))
        }
    }

    @Test("the directories above a link's target count", arguments: [false, true])
    func aboveTargets(isRelative: Bool) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("home")
        let open = try directory.makeDirectory("open", mode: 0o777)
        let file = try directory.write("x", to: "open/file")
        let alias = directory.path(of: "home/config.yaml")
        #expect(symlink(isRelative ? "../open/file" : file, alias) == 0)
        #expect(PathTrust.examine(alias).map(\.path) == [open])
        #expect(PathTrust.examine(alias).allSatisfy { $0.othersCanWrite })
    }

    @Test("directories that a link on the way leads through count")
    func linksOnTheWay() throws {
        let directory = try TemporaryDirectory()
        let open = try directory.makeDirectory("open", mode: 0o777)
        try directory.makeDirectory("safe")
        try directory.write("x", to: "safe/file")
        // home -> open/hop -> safe: whoever can write `open` can lead the hop elsewhere.
        #expect(symlink(directory.path(of: "safe"), directory.path(of: "open/hop")) == 0)
        #expect(symlink("open/hop", directory.path(of: "home")) == 0)
        #expect(PathTrust.examine(directory.path(of: "home/file")).map(\.path) == [open])
        // The same for a link to the file itself.
        #expect(symlink("../safe/file", directory.path(of: "open/file")) == 0)
        #expect(symlink("../open/file", directory.path(of: "safe/alias")) == 0)
        #expect(PathTrust.examine(directory.path(of: "safe/alias")).map(\.path) == [open])
    }

    @Test("links that lead in circles end")
    func circles() throws {
        let directory = try TemporaryDirectory()
        #expect(symlink("b", directory.path(of: "a")) == 0)
        #expect(symlink("a", directory.path(of: "b")) == 0)
        #expect(symlink("self/self/self", directory.path(of: "self")) == 0)
        for name in ["a", "a/x", "b/x/y", "self", "self/x"] {
            #expect(PathTrust.examine(directory.path(of: name)) == [])
        }
    }
}
