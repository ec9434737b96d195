import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Logging
import Testing

@testable import JaneeCore

@Suite("What a server does about providers in the background")
struct SupervisionTests {
    /// Attempts may take longer than all pauses, so that these are told from the bounds of attempts.
    private static let limits = ProviderLimits(attempt: .seconds(5000), operation: .seconds(5000))

    private let clock = ManualClock()
    private let lines = LogLines()

    private func manager(_ providers: ScriptedProvider..., limits: ProviderLimits = Self.limits) throws
        -> SecretsManager
    {
        let lines = lines
        let logger = Logger(label: "test") { _ in lines }
        let manager = SecretsManager.forTests(time: TimeSource(clock) { .zero }, logger: logger)
        for provider in providers { try manager.registerProvider(provider, limits: limits) }
        return manager
    }

    /// Lets the next pause pass.
    private func pause() async {
        while true {
            if let next = clock.nextDeadline, next.offset - clock.now.offset < .seconds(1000) {
                return clock.advance(to: next)
            }
            await Task.yield()
        }
    }

    private func uses(_ texts: String...) throws -> [ReferenceUse] {
        try texts.enumerated().map { ReferenceUse(service: "s\($0)", uri: try SecretURI(parsing: $1)) }
    }

    @Test("a provider that was down at the start is started as soon as it can be, then what is needed of it is checked")
    func recovery() async throws {
        let vault = ScriptedProvider(
            try #require(ProviderName("vault")),
            start: SecretError(.providerUnavailable, "down"),
            answer: { _ in SecretValue("v") },
            exists: { reference throws(SecretError) in
                switch reference.path {
                case "denied": throw SecretError(.providerPermissionDenied, "no")
                case "missing": false
                case "unknown": nil
                default: true
                }
            }
        )
        let manager = try manager(vault)
        let uses = try uses("vault://here", "vault://denied", "vault://missing", "vault://unknown")
        let names = uses.map(\.uri.provider)
        #expect(await manager.start(names).map(\.error.code) == [.providerUnavailable])
        let task = Task { await manager.supervise(names, uses) }
        for attempt in 2...6 {
            await pause()
            while vault.calls.count < attempt { await Task.yield() }
        }
        #expect(clock.now.offset >= .seconds(1 + 2 + 4 + 8 + 16) && clock.now.offset <= .seconds(35))
        vault.start.withLock { $0 = nil }
        await pause()
        await task.value
        #expect(
            vault.calls == Array(repeating: "initialize", count: 7)
                + ["probe here", "probe denied", "probe missing", "probe unknown"]
        )
        #expect(
            lines.all.filter { !$0.hasPrefix("info") } == [
                "notice: provider 'vault' is available now",
                "warning: service 's1' cannot have its secret from provider 'vault': PROVIDER_PERMISSION_DENIED",
                "warning: service 's2' cannot have its secret from provider 'vault': SECRET_NOT_FOUND",
            ]
        )
        #expect(try await manager.getSecret(try SecretURI(parsing: "vault://here")).text == "v")
    }

    @Test("a provider that is not healthy is not asked for every secret")
    func unhealthy() async throws {
        let sick = ScriptedProvider(
            try #require(ProviderName("sick")),
            health: ProviderHealth(healthy: false, error: "sealed")
        )
        let manager = try manager(sick)
        let uses = try uses("sick://a", "sick://b")
        _ = await manager.start(uses.map(\.uri.provider))
        await manager.supervise(uses.map(\.uri.provider), uses)
        #expect(sick.calls == ["initialize"])
        #expect(lines.all == ["warning: provider 'sick' is not healthy: sealed"])
    }

    @Test("providers on this machine, and those that cannot be used, are left alone")
    func local() async throws {
        let store = ScriptedProvider()
        let manager = try manager(store, limits: .local)
        try manager.registerRefusal(SecretError(.providerConfigInvalid, "x"), as: try #require(ProviderName("bad")))
        let uses = try uses("a", "bad://a", "none://a")
        _ = await manager.start(uses.map(\.uri.provider))
        await manager.supervise(uses.map(\.uri.provider), uses)
        #expect(store.calls == ["initialize"])
        #expect(lines.all.isEmpty)
    }

    @Test("a store of this machine whose key was out of reach at the start is started, and not asked for its secrets")
    func keyElsewhere() async throws {
        let store = ScriptedProvider(start: SecretError(.providerUnavailable, "the key is out of reach"))
        let limits = ProviderLimits(
            attempt: Self.limits.attempt,
            operation: Self.limits.operation,
            retry: .never,
            breaker: nil,
            isRemote: false
        )
        let manager = try manager(store, limits: limits)
        let uses = try uses("a")
        _ = await manager.start(uses.map(\.uri.provider))
        let task = Task { await manager.supervise(uses.map(\.uri.provider), uses) }
        await pause()
        while store.calls.count < 2 { await Task.yield() }
        store.start.withLock { $0 = nil }
        await pause()
        await task.value
        #expect(store.calls == ["initialize", "initialize", "initialize"])
        #expect(lines.all.last == "notice: provider 'local' is available now")
    }

    @Test("the end of the manager ends it, and another start takes its place")
    func end() async throws {
        let vault = ScriptedProvider(
            try #require(ProviderName("vault")),
            start: SecretError(.providerUnavailable, "down")
        )
        let manager = try manager(vault)
        let uses = try uses("vault://a")
        manager.watch(uses.map(\.uri.provider), uses)
        await clock.untilSleeping()
        manager.watch(uses.map(\.uri.provider), uses)
        while clock.sleeperCount != 1 { await Task.yield() }
        await manager.dispose()
        while clock.sleeperCount != 0 { await Task.yield() }
        clock.advance(by: .seconds(600))
        #expect(vault.calls == ["dispose"])
    }
}
