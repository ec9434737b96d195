import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeCore

/// What surrounds every provider, with a clock that the tests move.
@Suite("The road of every read to a provider")
struct ProviderPipelineTests {
    /// A back end whose answers a test scripts, one after the other; the last one is given for ever.
    private final class BackEnd: Sendable {
        typealias Answer = @Sendable (SecretReference) async -> Result<SecretValue?, SecretError>

        private let script: [Answer]
        private let asked = Locked<[String]>([])

        init(_ script: [Answer]) {
            self.script = script
        }

        var requests: [String] { asked.withLock { $0 } }

        func answer(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
            let number = asked.withLock { asked in
                asked.append(reference.path)
                return asked.count - 1
            }
            return try await script[min(number, script.count - 1)](reference).get()
        }

        static func value(_ text: String) -> Answer { { _ in .success(SecretValue(text)) } }

        static func failure(_ code: SecretError.Code, retryAfter: Duration? = nil) -> Answer {
            { _ in .failure(SecretError(code, "scripted", retryAfter: retryAfter)) }
        }

        static let nothing: Answer = { _ in .success(nil) }
    }

    private let clock = ManualClock()
    private let accesses = Locked<[SecretAccess]>([])

    private func manager(
        _ backEnd: BackEnd,
        limits: ProviderLimits = ProviderLimits(),
        start: SecretError? = nil
    ) throws -> SecretsManager {
        let manager = SecretsManager.forTests(time: TimeSource(clock) { .zero }) { access in
            accesses.withLock { $0.append(access) }
        }
        let name = try #require(ProviderName("vault"))
        let provider = ScriptedProvider(name, start: start) { reference throws(SecretError) in
            try await backEnd.answer(reference)
        }
        try manager.registerProvider(provider, limits: limits)
        return manager
    }

    /// The text of a secret, or the code of the failure.
    private static func read(_ manager: SecretsManager, _ path: String = "a") async -> String {
        do throws(SecretError) {
            return try await manager.getSecret(try SecretURI(parsing: "vault://\(path)")).text
        } catch {
            return error.isCancellation ? "cancelled" : error.code.rawValue
        }
    }

    /// Runs `body` while the clock goes on in steps; each step lets all others run first.
    private func moving<Value: Sendable>(
        by step: Duration = .milliseconds(50),
        _ body: @escaping @Sendable () async -> Value
    ) async -> Value {
        let clock = clock
        let mover = Task {
            while !Task.isCancelled {
                for _ in 0..<500 { await Task.yield() }
                if clock.sleeperCount > 0 { clock.advance(by: step) }
            }
        }
        let value = await body()
        mover.cancel()
        await mover.value
        return value
    }

    // MARK: Sharing

    @Test("five hundred reads of one reference at once make one request, and each has its record")
    func singleFlight() async throws {
        let gate = Locked(false)
        let backEnd = BackEnd([
            { _ in
                while !gate.withLock({ $0 }) { await Task.yield() }
                return .success(SecretValue("v"))
            }
        ])
        let manager = try manager(backEnd)
        let answers = await withTaskGroup(of: String.self) { group in
            for _ in 0..<500 { group.addTask { await Self.read(manager) } }
            for _ in 0..<20_000 { await Task.yield() }
            gate.withLock { $0 = true }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers == ["v"])
        #expect(backEnd.requests == ["a"])
        #expect(accesses.withLock { $0.count { $0.success && $0.path == "a" && $0.provider == "vault" } } == 500)
    }

    @Test("a caller that is cancelled neither cancels nor fails the others")
    func cancelledCaller() async throws {
        let gate = Locked(false)
        let backEnd = BackEnd([
            { _ in
                while !gate.withLock({ $0 }) { await Task.yield() }
                return Task.isCancelled ? .failure(.cancelled) : .success(SecretValue("v"))
            }
        ])
        let manager = try manager(backEnd)
        let first = Task { await Self.read(manager) }
        while backEnd.requests.isEmpty { await Task.yield() }
        let second = Task { await Self.read(manager) }
        for _ in 0..<1000 { await Task.yield() }
        first.cancel()
        #expect(await first.value == "cancelled")
        gate.withLock { $0 = true }
        #expect(await second.value == "v")
        #expect(backEnd.requests.count == 1)
    }

    @Test("cancelled reads count as no failure, however many there are")
    func cancelledReads() async throws {
        let hangs: BackEnd.Answer = { _ in
            while !Task.isCancelled { await Task.yield() }
            return .failure(.cancelled)
        }
        let backEnd = BackEnd(Array(repeating: hangs, count: 8) + [BackEnd.value("v")])
        let manager = try manager(backEnd)
        for number in 1...8 {
            let task = Task { await Self.read(manager) }
            while backEnd.requests.count < number { await Task.yield() }
            task.cancel()
            #expect(await task.value == "cancelled")
        }
        #expect(await Self.read(manager) == "v")
        #expect(accesses.withLock { $0.count { $0.code == .providerUnavailable } } == 8)
    }

    // MARK: Retries

    @Test(
        "transient failures are tried three times in all, permanent ones once",
        arguments: SecretError.Code.allCases
    )
    func attempts(code: SecretError.Code) async throws {
        let backEnd = BackEnd([BackEnd.failure(code)])
        let manager = try manager(backEnd)
        #expect(await moving { await Self.read(manager) } == code.rawValue)
        #expect(backEnd.requests.count == (code.isTransient ? 3 : 1))
    }

    @Test("what succeeds at the second or third attempt is a success", arguments: [1, 2])
    func recovery(failures: Int) async throws {
        let failing = Array(repeating: BackEnd.failure(.providerUnavailable), count: failures)
        let backEnd = BackEnd(failing + [BackEnd.value("v")])
        let manager = try manager(backEnd)
        #expect(await moving { await Self.read(manager) } == "v")
        #expect(backEnd.requests.count == failures + 1)
    }

    @Test("what the back end asks for is waited for, by other reads too")
    func retryAfter() async throws {
        let times = Locked<[Duration]>([])
        let clock = clock
        let limited: BackEnd.Answer = { _ in
            times.withLock { $0.append(clock.now.offset) }
            return .failure(SecretError(.providerRateLimited, "x", retryAfter: .seconds(4)))
        }
        let good: BackEnd.Answer = { _ in
            times.withLock { $0.append(clock.now.offset) }
            return .success(SecretValue("v"))
        }
        let manager = try manager(BackEnd([limited, good]))
        let answers = await moving {
            async let one = Self.read(manager, "a")
            while times.withLock({ $0.isEmpty }) { await Task.yield() }
            async let two = Self.read(manager, "b")
            return await [one, two]
        }
        #expect(answers == ["v", "v"])
        let (first, rest) = times.withLock { ($0[0], $0.dropFirst()) }
        #expect(rest.count == 2 && rest.allSatisfy { $0 - first >= .seconds(4) })
    }

    @Test("what is longer than the operation may take fails at once, and nothing is sent meanwhile")
    func longRetryAfter() async throws {
        let backEnd = BackEnd([
            BackEnd.failure(.providerRateLimited, retryAfter: .seconds(90)), BackEnd.value("v"),
        ])
        let manager = try manager(backEnd)
        #expect(await Self.read(manager) == "PROVIDER_RATE_LIMITED")
        #expect(await Self.read(manager, "b") == "PROVIDER_RATE_LIMITED")
        clock.advance(by: .seconds(54))
        #expect(await Self.read(manager) == "PROVIDER_RATE_LIMITED")
        #expect(backEnd.requests == ["a"])
        clock.advance(by: .seconds(36))
        #expect(await Self.read(manager) == "v")
    }

    // MARK: Time

    @Test("an attempt that hangs is given up, and the operation ends within its time")
    func hanging() async throws {
        let hangs: BackEnd.Answer = { _ in
            await withUnsafeContinuation { (_: UnsafeContinuation<Result<SecretValue?, SecretError>, Never>) in }
        }
        let backEnd = BackEnd([hangs])
        let manager = try manager(backEnd)
        #expect(await moving(by: .milliseconds(500)) { await Self.read(manager) } == "PROVIDER_UNAVAILABLE")
        #expect(backEnd.requests.count == 3)
        #expect(clock.now.offset >= .seconds(30) && clock.now.offset < .seconds(36))
    }

    @Test("an operation ends when its time is up, however many attempts are left")
    func operationTime() async throws {
        let hangs: BackEnd.Answer = { _ in
            while !Task.isCancelled { await Task.yield() }
            return .failure(.cancelled)
        }
        let limits = ProviderLimits(
            attempt: .seconds(10),
            operation: .seconds(15),
            retry: RetryPolicy(maxAttempts: 20)
        )
        let backEnd = BackEnd([hangs])
        let manager = try manager(backEnd, limits: limits)
        #expect(await moving(by: .milliseconds(500)) { await Self.read(manager) } == "PROVIDER_UNAVAILABLE")
        #expect(clock.now.offset >= .seconds(15) && clock.now.offset < .seconds(17))
        #expect(backEnd.requests.count == 2)
    }

    // MARK: The breaker

    @Test("of five hundred references to a back end that is down few are asked for, then none, then one")
    func breaker() async throws {
        let backEnd = BackEnd([BackEnd.failure(.providerUnavailable)])
        let manager = try manager(backEnd)
        let answers = await moving {
            await withTaskGroup(of: String.self) { group in
                for number in 0..<500 { group.addTask { await Self.read(manager, "a/\(number)") } }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
        }
        #expect(answers == ["PROVIDER_UNAVAILABLE"])
        let before = backEnd.requests.count
        #expect(before <= (5 + 16) * 3)
        #expect(accesses.withLock { $0.count } == 500)
        for _ in 0..<20 { #expect(await Self.read(manager) == "PROVIDER_UNAVAILABLE") }
        #expect(backEnd.requests.count == before)
        clock.advance(by: .seconds(31))
        let probes = await moving {
            await withTaskGroup(of: String.self) { group in
                for number in 0..<50 { group.addTask { await Self.read(manager, "b/\(number)") } }
                return await group.reduce(into: 0) { count, _ in count += 1 }
            }
        }
        #expect(probes == 50)
        // One operation, with its attempts.
        #expect(backEnd.requests.count - before == 3)
        #expect(Set(backEnd.requests.dropFirst(before)).count == 1)
    }

    @Test("one answer after the pause lets all others through again")
    func breakerCloses() async throws {
        let backEnd = BackEnd(Array(repeating: BackEnd.failure(.providerUnavailable), count: 15) + [BackEnd.value("v")])
        let manager = try manager(backEnd)
        for number in 0..<5 {
            #expect(await moving { await Self.read(manager, "a/\(number)") } == "PROVIDER_UNAVAILABLE")
        }
        #expect(await Self.read(manager) == "PROVIDER_UNAVAILABLE")
        #expect(backEnd.requests.count == 15)
        clock.advance(by: .seconds(30))
        for number in 0..<5 { #expect(await Self.read(manager, "b/\(number)") == "v") }
    }

    @Test("not more operations are in flight than allowed")
    func concurrency() async throws {
        let running = Locked((now: 0, most: 0))
        let backEnd = BackEnd([
            { _ in
                running.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                for _ in 0..<50 { await Task.yield() }
                running.withLock { $0.now -= 1 }
                return .success(SecretValue("v"))
            }
        ])
        let manager = try manager(backEnd, limits: ProviderLimits(concurrentOperations: 3))
        let answers = await withTaskGroup(of: String.self) { group in
            for number in 0..<100 { group.addTask { await Self.read(manager, "a/\(number)") } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers == ["v"])
        #expect(running.withLock { $0.most } == 3)
        #expect(backEnd.requests.count == 100)
    }

    // MARK: Failing references

    @Test("a reference that keeps failing is left alone for a while, the others are not")
    func cooldown() async throws {
        let backEnd = BackEnd([BackEnd.nothing])
        let manager = try manager(backEnd)
        for _ in 0..<6 { #expect(await Self.read(manager) == "SECRET_NOT_FOUND") }
        #expect(backEnd.requests == ["a", "a", "a"])
        #expect(await Self.read(manager, "b") == "SECRET_NOT_FOUND")
        #expect(backEnd.requests.last == "b")
        try manager.refresh(try #require(ProviderName("vault")))
        #expect(await Self.read(manager) == "SECRET_NOT_FOUND")
        #expect(backEnd.requests.count == 5)
        #expect(accesses.withLock { $0.count } == 8)
    }

    // MARK: The cache

    private static let cached = ProviderLimits(
        cache: .init(timeToLive: .seconds(10), maximumStaleness: .seconds(20))
    )

    @Test("without a cache every read asks, with one only when the time is over")
    func cache() async throws {
        let plain = BackEnd([BackEnd.value("1"), BackEnd.value("2")])
        let uncached = try manager(plain)
        #expect(await [Self.read(uncached), Self.read(uncached)] == ["1", "2"])
        let backEnd = BackEnd([BackEnd.value("1"), BackEnd.value("2")])
        let manager = try manager(backEnd, limits: Self.cached)
        #expect(await [Self.read(manager), Self.read(manager)] == ["1", "1"])
        clock.advance(by: .seconds(10))
        #expect(await Self.read(manager) == "2")
        #expect(backEnd.requests.count == 2)
        #expect(accesses.withLock { $0.count { $0.success && !$0.isStale } } == 5)
    }

    @Test("in an outage the last value is used up to the bound, and each use is on record as stale")
    func stale() async throws {
        let backEnd = BackEnd([BackEnd.value("1"), BackEnd.failure(.providerUnavailable)])
        let manager = try manager(backEnd, limits: Self.cached)
        #expect(await Self.read(manager) == "1")
        clock.advance(by: .seconds(12))
        #expect(await moving { await Self.read(manager) } == "1")
        #expect(await moving { await Self.read(manager) } == "1")
        #expect(accesses.withLock { $0.map(\.isStale) } == [false, true, true])
        clock.advance(by: .seconds(20))
        #expect(await moving { await Self.read(manager) } == "PROVIDER_UNAVAILABLE")
    }

    @Test(
        "after any other failure the value is not used, and after a permanent one never again",
        arguments: SecretError.Code.allCases.filter { $0 != .providerUnavailable }
    )
    func noStaleAfter(code: SecretError.Code) async throws {
        let backEnd = BackEnd(
            [BackEnd.value("1")] + Array(repeating: BackEnd.failure(code), count: code.isTransient ? 3 : 1)
                + [BackEnd.failure(.providerUnavailable)]
        )
        let manager = try manager(backEnd, limits: Self.cached)
        #expect(await Self.read(manager) == "1")
        clock.advance(by: .seconds(10))
        #expect(await moving { await Self.read(manager) } == code.rawValue)
        let next = await moving { await Self.read(manager) }
        #expect(next == (code.isTransient ? "1" : "PROVIDER_UNAVAILABLE"))
    }

    @Test("a secret that was deleted is not served from the cache in an outage")
    func deleted() async throws {
        let backEnd = BackEnd([BackEnd.value("1"), BackEnd.nothing, BackEnd.failure(.providerUnavailable)])
        let manager = try manager(backEnd, limits: Self.cached)
        #expect(await Self.read(manager) == "1")
        clock.advance(by: .seconds(10))
        #expect(await Self.read(manager) == "SECRET_NOT_FOUND")
        #expect(await moving { await Self.read(manager) } == "PROVIDER_UNAVAILABLE")
    }

    // MARK: No fallback

    @Test("whatever a provider answers, no other one is asked", arguments: SecretError.Code.allCases + [nil])
    func noFallback(code: SecretError.Code?) async throws {
        let failing = BackEnd([code.map { BackEnd.failure($0) } ?? BackEnd.nothing])
        let manager = try manager(failing, limits: Self.cached)
        var others: [ScriptedProvider] = []
        for name in ["local", "other", "vault2"] {
            others.append(ScriptedProvider(try #require(ProviderName(name)), value: "from elsewhere"))
        }
        for other in others { try manager.registerProvider(other) }
        let answer = await moving { await Self.read(manager) }
        #expect(answer == (code ?? .secretNotFound).rawValue)
        for other in others { #expect(other.calls.isEmpty) }
    }

    // MARK: Health

    @Test("a health check that hangs is over in time, and says so")
    func hangingHealth() async throws {
        let manager = SecretsManager.forTests(time: TimeSource(clock) { .zero })
        try manager.registerProvider(HangingProvider(name: try #require(ProviderName("slow"))))
        try manager.registerProvider(ScriptedProvider(value: "v"), limits: .local)
        let found = await moving(by: .seconds(1)) { await manager.health() }
        #expect(found.map(\.provider) == ["local", "slow"])
        #expect(found.map(\.health.healthy) == [true, false])
        #expect(found.map { $0.latency >= .seconds(10) } == [false, true])
    }

    private struct HangingProvider: SecretsProvider {
        let name: ProviderName
        let type = "hanging"

        func initialize() async throws(SecretError) {}
        func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? { nil }
        func healthCheck() async -> ProviderHealth {
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
            return .healthy
        }
        func dispose() async {}
    }

    // MARK: Records

    @Test("a record has the code of a failure, and the path of a bare reference only once it is known to be stored")
    func records() async throws {
        let manager = SecretsManager.forTests { access in accesses.withLock { $0.append(access) } }
        let provider = ScriptedProvider { reference throws(SecretError) in
            reference.path == "stored" ? SecretValue("v") : nil
        }
        try manager.registerProvider(provider, limits: .local)
        try manager.registerRefusal(SecretError(.providerConfigInvalid, "x"), as: try #require(ProviderName("bad")))
        for text in ["stored", "sk_live_canary", "local://missing", "postgres://canary", "bad://canary"] {
            _ = try? await manager.getSecret(try SecretURI(parsing: text))
        }
        let found = accesses.withLock { $0 }
        #expect(found.map(\.provider) == ["local", "local", "local", "postgres", "bad"])
        #expect(found.map(\.path) == ["stored", nil, "missing", nil, nil])
        #expect(
            found.map(\.code) == [nil, .secretNotFound, .secretNotFound, .providerNotFound, .providerConfigInvalid]
        )
        #expect(found.allSatisfy { $0.latency >= .zero && !$0.isStale && $0.layout == nil })
    }
}
