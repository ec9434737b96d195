import JaneeFiles
import JaneeTelemetry
import JaneeTestSupport
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Writing lines in the background")
struct LineWriterTests {
    private static let day: Int64 = 86_400_000

    private func writer(
        in directory: String,
        mostLines: Int = 10_000,
        failures: Failures = Failures()
    ) -> LineWriter {
        LineWriter(
            label: "test",
            mostLines: mostLines,
            open: { moment throws(FileError) in
                try DirectoryHandle(path: directory).appendFile(UTCDay(milliseconds: moment).fileName)
            },
            lossLine: { count, _ in "lost \(count)" },
            onFailure: { failures.add($0) }
        )
    }

    final class Failures: Sendable {
        private let reasons = Mutex<[String]>([])
        var all: [String] { reasons.withLock { $0 } }

        func add(_ error: FileError) { reasons.withLock { $0.append(error.reason) } }
    }

    private func lines(_ path: String) -> [String] {
        let bytes = (try? RegularFile.read(path, limit: 1 << 24)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("lines come in order, each day's into its own file, for the owner only")
    func order() async throws {
        let directory = try TemporaryDirectory()
        let writer = writer(in: directory.path)
        for number in 0..<2000 { writer.write("line \(number)", at: Self.day - 1000 + Int64(number)) }
        await writer.flush()
        #expect(lines(directory.path + "/1970-01-01.jsonl") == (0..<1000).map { "line \($0)" })
        #expect(lines(directory.path + "/1970-01-02.jsonl") == (1000..<2000).map { "line \($0)" })
        #expect(mode(directory.path + "/1970-01-01.jsonl") == 0o600)
    }

    @Test("several writers of one file do not mix their lines")
    func several() async throws {
        let directory = try TemporaryDirectory()
        let filling = String(repeating: "x", count: 5000)
        await withTaskGroup { group in
            for number in 0..<4 {
                let writer = writer(in: directory.path)
                group.addTask {
                    for line in 0..<200 { writer.write("\(number).\(line) \(filling)", at: 0) }
                    await writer.flush()
                }
            }
        }
        let found = lines(directory.path + "/1970-01-01.jsonl")
        #expect(found.count == 800)
        #expect(found.allSatisfy { $0.hasSuffix(" \(filling)") && $0.utf8.count < 5010 })
        #expect(Set(found).count == 800)
    }

    @Test("a line that was cut off does not swallow the next one")
    func tornLine() async throws {
        let directory = try TemporaryDirectory()
        try RegularFile.write(Array("torn".utf8), to: directory.path + "/1970-01-01.jsonl")
        let writer = writer(in: directory.path)
        writer.write("whole", at: 0)
        await writer.flush()
        #expect(lines(directory.path + "/1970-01-01.jsonl") == ["torn", "whole"])
    }

    @Test("a failure is told once, and lines that were lost are counted in the next one that gets through")
    func failure() async throws {
        let directory = try TemporaryDirectory()
        let failures = Failures()
        let writer = writer(in: directory.path + "/later", failures: failures)
        for _ in 0..<3 {
            writer.write("lost", at: 0)
            await writer.flush()
        }
        #expect(failures.all == ["it does not exist"])
        try RegularFile.makeDirectory(directory.path + "/later")
        for _ in 0..<2 {
            writer.write("written", at: 0)
            await writer.flush()
        }
        #expect(lines(directory.path + "/later/1970-01-01.jsonl") == ["lost 3", "written", "written"])
        #expect(failures.all.count == 1)
    }

    @Test("of more lines than may wait the rest is lost, and nobody waits")
    func bounded() async throws {
        let directory = try TemporaryDirectory()
        let gate = Mutex(())
        let path = directory.path
        let writer = LineWriter(
            label: "test",
            mostLines: 10,
            open: { _ throws(FileError) in
                gate.withLock { _ in }
                return try DirectoryHandle(path: path).appendFile("log")
            },
            lossLine: { count, _ in "lost \(count)" },
            onFailure: { _ in }
        )
        gate.withLock { _ in
            // The first ones may be taken at once, and wait at the gate.
            for number in 0..<100 { writer.write("\(number)", at: 0) }
        }
        await writer.flush()
        writer.write("last", at: 0)
        await writer.flush()
        let found = lines(path + "/log")
        let lost = found.compactMap { $0.hasPrefix("lost ") ? Int($0.dropFirst(5)) : nil }.reduce(0, +)
        let written = found.count { !$0.hasPrefix("lost ") }
        #expect(lost + written == 101)
        #expect(written <= 21 && lost >= 80)
    }

    @Test(
        "nothing is written through links, into pipes or into what others can write",
        arguments: ["link", "pipe", "directory", "others"]
    )
    func untrusted(kind: String) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/1970-01-01.jsonl"
        let target = directory.path + "/target"
        try RegularFile.write([], to: target)
        switch kind {
        case "link": try #require(symlink(target, path) == 0)
        case "pipe": try #require(mkfifo(path, 0o600) == 0)
        case "directory": try #require(mkdir(path, 0o700) == 0)
        default:
            try RegularFile.write([], to: path)
            try #require(chmod(path, 0o622) == 0)
        }
        let failures = Failures()
        let writer = writer(in: directory.path, failures: failures)
        writer.write("x", at: 0)
        await writer.flush()
        #expect(failures.all.count == 1)
        #expect(lines(target).isEmpty)
        if kind == "others" { #expect(lines(path).isEmpty) }
    }
}
