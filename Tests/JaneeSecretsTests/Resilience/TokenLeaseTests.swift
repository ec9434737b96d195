import JaneeSecretsTesting
import JaneeTestSupport
import Logging
import Testing

@testable import JaneeSecrets

@Suite("A credential's lease")
struct TokenLeaseTests {
    private let clock = ManualClock()
    private let calendarShift = Locked(Duration.zero)

    private var time: TimeSource {
        let (clock, shift) = (clock, calendarShift)
        return TimeSource(clock) { clock.now.offset + shift.withLock { $0 } }
    }

    private let lines = LogLines()

    private func lease(
        _ issuer: ScriptedIssuer,
        _ time: TimeSource,
        requestLimit: Duration = .seconds(30)
    ) throws -> TokenLease<String> {
        let lines = lines
        return try lease(issuer, time, requestLimit, Logger(label: "test") { _ in lines })
    }

    /// Longer than all pauses, so that these are told from the bounds of requests.
    private static let longLimit = Duration.seconds(50_000)

    /// Lets the next pause pass.
    private func pause() async {
        while true {
            if let next = clock.nextDeadline, next.offset - clock.now.offset < Self.longLimit / 2 {
                return clock.advance(to: next)
            }
            await Task.yield()
        }
    }

    private func lease(
        _ issuer: ScriptedIssuer,
        _ time: TimeSource,
        _ requestLimit: Duration,
        _ logger: Logger
    ) throws -> TokenLease<String> {
        TokenLease(
            provider: try #require(ProviderName("vault")),
            issuer: issuer,
            time: time,
            logger: logger,
            requestLimit: requestLimit,
            observe: { _ in },
            jitter: { 0 }
        )
    }

    /// A back end that answers once the gate is open.
    private static func issuer(_ time: TimeSource, behind gate: Gate) -> ScriptedIssuer {
        ScriptedIssuer(time) { _, number in
            await gate.wait()
            return hourly(number)
        }
    }

    private static func hourly(_ number: Int) -> Result<TokenGrant<String>, SecretError> {
        .success(TokenGrant("token \(number)", lifetime: .seconds(3600), isRevocable: true))
    }

    private static func read(_ lease: TokenLease<String>, dead: Set<String> = []) async -> String {
        do throws(SecretError) {
            return try await lease.withToken { token throws(SecretError) in
                if dead.contains(token) { throw SecretError(.providerAuthFailed, "dead") }
                return token
            }
        } catch {
            return error.code.rawValue
        }
    }

    @Test("any number of requests at once make one login", arguments: [1, 500])
    func singleFlight(requests: Int) async throws {
        let gate = Gate()
        let time = time
        let issuer = Self.issuer(time, behind: gate)
        let lease = try lease(issuer, time)
        let answers = await withTaskGroup(of: String.self) { group in
            for _ in 0..<requests { group.addTask { await Self.read(lease) } }
            for _ in 0..<5000 { await Task.yield() }
            gate.open()
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers == ["token 1"])
        #expect(issuer.count(.login) == 1)
        await lease.dispose()
        #expect(issuer.revokedTokens == ["token 1"])
    }

    @Test("requests that come while a login ends make no second one")
    func loginEnds() async throws {
        let time = time
        for _ in 0..<5000 {
            let issuer = ScriptedIssuer(time) { _, number in Self.hourly(number) }
            let lease = try lease(issuer, time)
            let answers = await withTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { await Self.read(lease) } }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            try #require(answers == ["token 1"])
            await lease.dispose()
        }
    }

    @Test("a dead credential leads to one login and one replay, for all requests that meet it")
    func replay() async throws {
        let time = time
        let issuer = ScriptedIssuer(time) { _, number in Self.hourly(number) }
        let lease = try lease(issuer, time)
        #expect(await Self.read(lease) == "token 1")
        let answers = await withTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { await Self.read(lease, dead: ["token 1"]) } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers == ["token 2"])
        #expect(issuer.count(.login) == 2)
        // Nothing that is granted is ever good: one more login each second at most.
        for _ in 0..<50 {
            #expect(await Self.read(lease, dead: ["token 2", "token 3", "token 4"]) == "PROVIDER_AUTH_FAILED")
        }
        #expect(issuer.count(.login) <= 4)
        await lease.dispose()
    }

    @Test("only what is refused for the credential's sake is made again", arguments: SecretError.Code.allCases)
    func otherFailures(code: SecretError.Code) async throws {
        let time = time
        let issuer = ScriptedIssuer(time) { _, number in Self.hourly(number) }
        let lease = try lease(issuer, time)
        let requests = Locked(0)
        let error = await #expect(throws: SecretError.self) {
            try await lease.withToken { _ throws(SecretError) -> Int in
                requests.withLock { $0 += 1 }
                throw SecretError(code, "scripted")
            }
        }
        #expect(error?.code == code)
        #expect(requests.withLock { $0 } == 1)
        _ = await Self.read(lease)
        #expect(issuer.count(.login) == 1)
        await lease.dispose()
    }

    @Test("it is renewed at 80 % without anybody asking, and replaced where it cannot be")
    func keeping() async throws {
        let time = time
        let issuer = ScriptedIssuer(time) { request, number in
            switch request {
            case .renewal where number > 3: .failure(SecretError(.providerPermissionDenied, "no"))
            default:
                .success(TokenGrant("token", lifetime: .seconds(100), isRenewable: true, isRevocable: true))
            }
        }
        let lease = try lease(issuer, time, requestLimit: Self.longLimit)
        try await lease.start()
        while clock.now.offset < .seconds(400) {
            await pause()
        }
        let times = issuer.sent.map { ($0.request, $0.time.components.seconds) }
        #expect(times.prefix(3).map(\.1) == [0, 80, 160])
        #expect(times.prefix(3).map(\.0) == [.login, .renewal, .renewal])
        #expect(times.dropFirst(3).first?.1 == 240)
        #expect(times.dropFirst(4).first.map { $0.0 == .login && $0.1 == 241 } == true)
        #expect(await Self.read(lease) == "token")
        await lease.dispose()
    }

    @Test("each failure is a warning with provider, attempt, next try and expiry, and without the credential")
    func warnings() async throws {
        let time = time
        let issuer = ScriptedIssuer(time) { request, _ in
            request == .login
                ? .success(TokenGrant("the-token-itself", lifetime: .seconds(100), isRenewable: true))
                : .failure(SecretError(.providerUnavailable, "no"))
        }
        let lease = try lease(issuer, time, requestLimit: Self.longLimit)
        try await lease.start()
        for attempt in 1...3 {
            // A pause may be cut where the calendar is looked at.
            while issuer.count(.renewal) < attempt {
                await pause()
                for _ in 0..<100 { await Task.yield() }
            }
        }
        while lines.all.count < 3 { await Task.yield() }
        let warning = "warning: renewing the credential at provider 'vault' failed"
        #expect(lines.all.prefix(3) == Array(repeating: warning, count: 3)[...])
        for (attempt, next, left) in [(1, 1, 20), (2, 2, 19), (3, 4, 17)] {
            for part in ["\"attempt\": \(attempt)", "\"nextTrySeconds\": \(next)", "\"expiresInSeconds\": \(left)"] {
                #expect(lines.text.contains(part), "\(part)")
            }
        }
        #expect(!lines.text.contains("the-token-itself"))
        await lease.dispose()
    }

    @Test("nothing is asked for after the end, and what was granted meanwhile is given back")
    func disposal() async throws {
        let gate = Gate()
        let time = time
        let issuer = Self.issuer(time, behind: gate)
        let lease = try lease(issuer, time)
        let read = Task { await Self.read(lease) }
        while issuer.sent.isEmpty { await Task.yield() }
        let end = Task { await lease.dispose() }
        await clock.untilSleeping(2)
        gate.open()
        await end.value
        #expect(await read.value != "token 1")
        #expect(issuer.revokedTokens == ["token 1"])
        #expect(await Self.read(lease) == "PROVIDER_UNAVAILABLE")
        #expect(issuer.count(.login) == 1)
        await lease.dispose()
        #expect(issuer.count(.revocation) == 1)
    }

    @Test("a caller that goes away does not end the login")
    func cancellation() async throws {
        let gate = Gate()
        let time = time
        let issuer = Self.issuer(time, behind: gate)
        let lease = try lease(issuer, time)
        let read = Task { await Self.read(lease) }
        while issuer.sent.isEmpty { await Task.yield() }
        read.cancel()
        gate.open()
        #expect(await read.value != "token 1")
        #expect(await Self.read(lease) == "token 1")
        #expect(issuer.count(.login) == 1)
        await lease.dispose()
    }

    @Test("after a sleep of which only the calendar knows, the next request logs in first")
    func suspended() async throws {
        let time = time
        let issuer = ScriptedIssuer(time) { _, number in Self.hourly(number) }
        let lease = try lease(issuer, time)
        #expect(await Self.read(lease) == "token 1")
        calendarShift.withLock { $0 = .seconds(7200) }
        #expect(await Self.read(lease) == "token 2")
        calendarShift.withLock { $0 = .seconds(-7200) }
        #expect(await Self.read(lease) == "token 2")
        #expect(issuer.count(.login) == 2)
        await lease.dispose()
    }

    /// How the requests of an hour end.
    enum Script: String, CaseIterable, Sendable {
        case refused, unavailable, internalError, hangs, rateLimited, retryAfter, tooShort, expired, dead, sameAgain
        case noExtension, renewalDenied, renewalUnavailable, clockJumps
    }

    private static func answer(_ script: Script, _ request: ScriptedIssuer.Request, _ number: Int) async -> Result<
        TokenGrant<String>, SecretError
    > {
        func good(_ lifetime: Double, renewable: Bool = false) -> Result<TokenGrant<String>, SecretError> {
            .success(TokenGrant("token \(number)", lifetime: .seconds(lifetime), isRenewable: renewable))
        }
        switch script {
        case .refused: return .failure(SecretError(.providerAuthFailed, "no"))
        case .unavailable: return .failure(SecretError(.providerUnavailable, "no"))
        case .internalError: return .failure(SecretError(.providerInternalError, "no"))
        case .hangs:
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
            return good(0)
        case .rateLimited: return .failure(SecretError(.providerRateLimited, "no"))
        case .retryAfter: return .failure(SecretError(.providerRateLimited, "no", retryAfter: .seconds(120)))
        case .tooShort: return good(0.01)
        case .expired: return good(-10)
        case .dead, .clockJumps: return good(3600)
        case .sameAgain: return .success(TokenGrant("token", lifetime: .seconds(1)))
        case .noExtension:
            return .success(TokenGrant("token", lifetime: .seconds(request == .login ? 10 : 1), isRenewable: true))
        case .renewalDenied:
            return request == .login
                ? good(10, renewable: true) : .failure(SecretError(.providerPermissionDenied, "no"))
        case .renewalUnavailable:
            return request == .login ? good(10, renewable: true) : .failure(SecretError(.providerUnavailable, "no"))
        }
    }

    @Test(
        "no failure leads to a storm: requests a minute are bounded, with reads all the time",
        arguments: Script.allCases
    )
    func bounded(script: Script) async throws {
        let time = time
        let issuer = ScriptedIssuer(time) { request, number in await Self.answer(script, request, number) }
        let lease = try lease(issuer, time)
        let reads = Locked(0)
        // A read every 100 ms for three minutes; those that wait for a login do not hold up the next one.
        await withTaskGroup { group in
            for step in 0..<1800 {
                if step % 600 == 300, script == .clockJumps {
                    calendarShift.withLock { $0 += .seconds(step % 1200 == 300 ? 86_400 : -86_400) }
                }
                group.addTask {
                    _ = try? await lease.withToken { _ throws(SecretError) in
                        reads.withLock { $0 += 1 }
                        if script == .dead || script == .expired || script == .tooShort {
                            throw SecretError(.providerAuthFailed, "dead")
                        }
                    }
                }
                for _ in 0..<8 { await Task.yield() }
                clock.advance(by: .milliseconds(100))
            }
            group.addTask { await lease.dispose() }
            // What hangs is given up in the end.
            for _ in 0..<10 {
                for _ in 0..<100 { await Task.yield() }
                clock.advance(by: .seconds(10))
            }
        }
        let bound: Int
        switch script {
        case .refused, .internalError, .dead, .expired, .tooShort: bound = 7
        case .unavailable, .rateLimited: bound = 12
        case .retryAfter: bound = 1
        case .hangs: bound = 3
        case .sameAgain: bound = 61
        // Ten seconds each: a renewal and a login after 8 seconds.
        case .noExtension, .renewalDenied: bound = 16
        case .renewalUnavailable: bound = 30
        case .clockJumps: bound = 3
        }
        #expect(issuer.mostInAMinute <= bound)
        #expect(issuer.count(.login) > 0)
    }

    /// 24 hours in which one of twenty requests fails, with the credentials that Vault grants: an hour, renewable, a day
    /// at most.
    @Test("a day with failures is served, with no more requests than needed", arguments: 0..<100)
    func day(seed: Int) async throws {
        let time = time
        let generator = Locked(SeededGenerator(seed: UInt64(seed)))
        let failures = Locked(0)
        let born = Locked(Duration.zero)
        let longest = Duration.seconds(8 * 3600)
        let clock = clock
        let issuer = ScriptedIssuer(time) { request, number in
            let draw = generator.withLock { Int.random(in: 0..<100, using: &$0) }
            guard draw >= 5 else {
                failures.withLock { $0 += 1 }
                let codes: [SecretError.Code] = [
                    .providerUnavailable, .providerRateLimited, .providerInternalError, .providerUnavailable,
                    .providerAuthFailed,
                ]
                return .failure(SecretError(codes[draw], "scripted"))
            }
            let now = clock.now.offset
            if request == .login { born.withLock { $0 = now } }
            let rest = born.withLock { $0 } + longest - now
            return .success(
                TokenGrant("token \(number)", lifetime: min(.seconds(3600), rest), isRenewable: true, isRevocable: true)
            )
        }
        let lease = try lease(issuer, time)
        var served = 0
        var asked = 0
        for minute in 0..<1440 {
            let end = Duration.seconds(60 * minute)
            while let next = clock.nextDeadline, next.offset <= end {
                clock.advance(to: next)
                await clock.untilSleeping()
            }
            clock.advance(to: ManualClock.Instant(offset: end))
            asked += 1
            if await Self.read(lease).hasPrefix("token") { served += 1 }
            if served > 0 { await clock.untilSleeping() }
        }
        await lease.dispose()
        #expect(Double(served) > 0.999 * Double(asked))
        // One every 48 minutes, three logins on the way, and one more for each failure.
        let needed = 24 * 60 / 48 + 1 + 24 / 7 + 1
        #expect(issuer.sent.count { $0.request != .revocation } <= needed + failures.withLock { $0 } * 2)
        #expect(issuer.mostInAMinute <= 7)
    }
}
