import JaneeConfig
import JaneeFiles
import JaneeJSON
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTelemetry
import JaneeTestSupport
import Logging
import Synchronization
import Testing

@testable import JaneeCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The log of reads")
struct AccessLogTests {
    /// 2026-02-12T14:25:00.123Z.
    private static let moment: Int64 = 1_770_906_300_123
    private static let file = "access/2026-02-12.jsonl"

    private func log(_ home: TemporaryHome, stream: @escaping @Sendable (String) -> Void = { _ in }) -> AccessLog {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return AccessLog(home: home.home, clock: { Self.moment }, logger: logger, stream: stream)
    }

    private func lines(_ home: TemporaryHome) throws -> [String] {
        let bytes = try RegularFile.read("\(home.home.path)/\(Self.file)", limit: 1 << 24)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    /// What is read, and its line after `timestamp`, `level` and `event`.
    private static let records: [(SecretAccess, String)] = [
        (
            SecretAccess(provider: "prodVault", path: "mcp/stripe/key", success: true, latency: .microseconds(45_400)),
            #""provider":"prodVault","path":"mcp/stripe/key","success":true,"latencyMs":45"#
        ),
        (
            SecretAccess(
                provider: "prodVault",
                path: "mcp/stripe/key",
                success: false,
                code: .providerPermissionDenied,
                latency: .milliseconds(3)
            ),
            #""provider":"prodVault","path":"mcp/stripe/key","success":false,"latencyMs":3,"#
                + #""code":"PROVIDER_PERMISSION_DENIED""#
        ),
        (
            SecretAccess(provider: "v", path: "a/b", success: true, latency: .zero, isStale: true, layout: "field"),
            #""provider":"v","path":"a/b","success":true,"latencyMs":0,"stale":true,"layout":"field""#
        ),
        (
            SecretAccess(provider: "local", path: nil, success: false, code: .secretNotFound, latency: .zero),
            #""provider":"local","success":false,"latencyMs":0,"code":"SECRET_NOT_FOUND""#
        ),
    ]

    @Test("a line has the keys of RFC 0005, and others only where they apply; the stream gets the same")
    func keys() async throws {
        let home = try TemporaryHome()
        let streamed = Mutex<[String]>([])
        let log = log(home) { line in streamed.withLock { $0.append(line) } }
        for (access, _) in Self.records { log.record(access) }
        await log.flush()
        let beginning = #"{"timestamp":"2026-02-12T14:25:00.123Z","level":"info","event":"secret_accessed","#
        let expected = Self.records.map { "\(beginning)\($0.1)}" }
        #expect(try lines(home) == expected)
        #expect(streamed.withLock { $0 } == expected)
    }

    @Test("file and directory are the owner's alone")
    func permissions() async throws {
        let home = try TemporaryHome()
        let log = log(home)
        log.record(Self.records[0].0)
        await log.flush()
        #expect(mode(home.home.accessDirectory) == 0o700)
        #expect(mode("\(home.home.path)/\(Self.file)") == 0o600)
    }

    @Test("a log that cannot be written is a warning, once, and what is missing is told when it can be again")
    func unwritable() async throws {
        let home = try TemporaryHome()
        let warnings = LogLines()
        let logger = Logger(label: "test") { _ in warnings }
        let log = AccessLog(home: home.home, clock: { Self.moment }, logger: logger)
        home.write("in the way", to: "access")
        for _ in 0..<3 {
            log.record(Self.records[0].0)
            await log.flush()
        }
        #expect(warnings.all.count == 1)
        #expect(warnings.all.first?.hasPrefix("warning: the access log is not written") == true)
        try #require(unlink(home.home.accessDirectory) == 0)
        log.record(Self.records[1].0)
        await log.flush()
        let found = try lines(home)
        #expect(found.count == 2)
        #expect(found[0].hasSuffix(#""event":"access_records_lost","count":3}"#))
        #expect(found[1].contains("PROVIDER_PERMISSION_DENIED"))
    }

    @Test("what is in a path as a credential is not in the log", arguments: SecretCanary.ofEveryShape())
    func canary(canary: SecretCanary) async throws {
        guard let text = canary.text else { return }
        Redactor.shared.register(canary.value)
        let home = try TemporaryHome()
        let log = log(home)
        var encoded: [UInt8] = []
        for byte in text.utf8 { PercentEncoding.appendEscape(of: byte, to: &encoded) }
        let path = String(decoding: encoded, as: UTF8.self)
        log.record(SecretAccess(provider: "vault", path: "a/\(path)", success: true, latency: .zero))
        await log.flush()
        let found = try lines(home).joined()
        #expect(found.contains(#""path":"a/***""#))
        #expect(canary.forms(in: found).isEmpty)
    }
}
