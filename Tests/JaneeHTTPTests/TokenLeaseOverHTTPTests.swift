import Foundation
import JaneeHTTP
import JaneeSecrets
import JaneeTestSupport
import Logging
import Testing

/// The file through which libfaketime is told the time, if it is there.
private let clockFile = ProcessInfo.processInfo.environment["JANEE_CLOCK_FILE"]

/// A credential's lease over real connections, with the system's clocks.
///
/// It needs a process of its own, because a busy one could let a short life pass between two lines.
@Suite(
    "A credential with a short life",
    .serialized,
    .enabled(if: clockFile != nil, "run by scripts/clock-jumps")
)
struct TokenLeaseOverHTTPTests {
    private func withLease(
        _ tokens: TokenServer,
        _ body: (TokenLease<SecretValue>, HTTPTokenIssuer) async throws -> Void
    ) async throws {
        try await LoopbackServer.serve(tokens.script) { server in
            try await withClient { client in
                let issuer = HTTPTokenIssuer(port: server.port, client: client)
                let lease = TokenLease(
                    provider: try #require(ProviderName("vault")),
                    issuer: issuer,
                    time: .system,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    observe: { _ in }
                )
                try await body(lease, issuer)
                await lease.dispose()
            }
        }
    }

    @Test("is renewed before it ends and replaced when it cannot be, and every read is served")
    func served() async throws {
        let tokens = TokenServer(lifetime: .milliseconds(1500), longest: .milliseconds(3200))
        try await withLease(tokens) { lease, issuer in
            // Until everything has happened twice.
            while tokens.events.count(where: { $0 == "renewal" }) < 2 || tokens.state.withLock({ $0.logins }) < 2 {
                let value = try await lease.withToken { token throws(SecretError) in try await issuer.read(token) }
                #expect(value == "value")
                // Reads now and then, while the credential grows old in real time.
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let events = tokens.events
        #expect(events.first == "login")
        #expect(events.filter { $0 != "read" }.count < 12)
    }

    @Test("is not trusted after a jump of the calendar, and nothing is hasty when that jumps back")
    func clockJumps() async throws {
        let file = URL(filePath: try #require(clockFile))
        let tokens = TokenServer(lifetime: .seconds(3600), longest: .seconds(36_000))
        let before = TimeSource.system.sinceEpoch
        try await withLease(tokens) { lease, issuer in
            func read() async throws {
                _ = try await lease.withToken { token throws(SecretError) in try await issuer.read(token) }
            }
            try await read()
            // As after two hours of sleep of which only the calendar knows.
            try Data("+2h".utf8).write(to: file)
            #expect(TimeSource.system.sinceEpoch - before > .seconds(7000))
            try await read()
            #expect(tokens.events == ["login", "read", "login", "read"])
            try Data("-30d".utf8).write(to: file)
            #expect(TimeSource.system.sinceEpoch < before)
            for _ in 0..<50 { try await read() }
            try Data("+0".utf8).write(to: file)
            try await read()
            #expect(tokens.events.count { $0 == "login" } <= 3)
            #expect(!tokens.events.contains("refused"))
        }
    }
}
