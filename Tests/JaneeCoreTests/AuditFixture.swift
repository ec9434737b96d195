import JaneeFiles
import JaneeTestSupport
import Synchronization

@testable import JaneeCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A log in a directory of its own that goes when the test ends, with a clock that the test sets.
final class AuditFixture: Sendable {
    /// 12 February 2026, 14:25 UTC.
    static let noon: Int64 = 1_770_906_300_123

    static let today = "2026-02-12.jsonl"
    static let tomorrow = "2026-02-13.jsonl"
    static let oldLine = #"{"id":"old","timestamp":"2026-02-12T01:02:03.004Z","service":"a","method":"GET","path":"/"}"#

    let directory: String
    private let temporary: TemporaryDirectory
    private let time = Mutex(noon)
    private let heard = Mutex<[String]>([])

    init() throws {
        temporary = try TemporaryDirectory()
        directory = temporary.path(of: "logs")
    }

    var home: String { temporary.path }

    var now: Int64 {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    var notices: [String] {
        heard.withLock { $0 }
    }

    func log(
        sync: Bool = false,
        lockTimeout: Duration = .seconds(5),
        write: AuditWrite? = nil
    ) throws(AuditError) -> AuditLog {
        try AuditLog(
            directory: directory,
            sync: sync,
            clock: { self.time.withLock { $0 } },
            onNotice: { notice in self.heard.withLock { $0.append(notice) } },
            lockTimeout: lockTimeout,
            write: write ?? { systemWrite($0, $1) }
        )
    }

    /// A record that tells its number.
    static func record(_ number: Int) -> AuditRecord {
        AuditRecord(id: "r\(number)", phase: .intent, service: "stripe", method: "GET", path: "/v1/\(number)")
    }

    /// Appends some records through a log that is closed again.
    @discardableResult
    func append(_ count: Int) async throws(AuditError) -> [UInt64] {
        let log = try log()
        var sequences: [UInt64] = []
        for number in 0..<count { sequences.append(try await log.append(Self.record(number))) }
        await log.close()
        return sequences
    }

    func verify() throws(AuditError) -> AuditVerification {
        try AuditVerifier.verify(directory: directory)
    }

    // MARK: Files

    func path(_ name: String) -> String {
        directory + "/" + name
    }

    var names: [String] {
        ((try? DirectoryHandle(path: directory).names()) ?? []).sorted()
    }

    func exists(_ name: String) -> Bool {
        var status = stat()
        return lstat(path(name), &status) == 0
    }

    func mode(_ name: String) -> mode_t {
        var status = stat()
        return lstat(path(name), &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    func read(_ name: String) -> [UInt8] {
        let descriptor = open(path(name), O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, into: $0) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    func text(_ name: String) -> String {
        String(decoding: read(name), as: UTF8.self)
    }

    func lines(_ name: String) -> [String] {
        text(name).split(separator: "\n").map(String.init)
    }

    /// Writes a file as a whole, or adds to its end, as somebody would who knows nothing of the chain.
    func write(_ bytes: [UInt8], to name: String, adding: Bool = false) {
        mkdir(directory, 0o700)
        let descriptor = open(path(name), O_WRONLY | O_CREAT | (adding ? O_APPEND : O_TRUNC), 0o600)
        _ = bytes.withUnsafeBytes { systemWrite(descriptor, $0) }
        close(descriptor)
    }

    func add(_ text: String, to name: String = today) {
        write(Array(text.utf8), to: name, adding: true)
    }

    func write(lines: [String], to name: String = today) {
        write(lines.flatMap { Array(($0 + "\n").utf8) }, to: name)
    }

    func remove(_ name: String) {
        unlink(path(name))
    }
}

// Within the class `read` and `write` mean its own functions.

/// Writes like the system does, but a failure is the negated `errno`.
func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    let count = write(descriptor, bytes.baseAddress, bytes.count)
    return count < 0 ? -Int(errno) : count
}

private func systemRead(_ descriptor: CInt, into bytes: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, bytes.baseAddress, bytes.count)
}
