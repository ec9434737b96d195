import JaneeSecrets
import JaneeSecretsTesting
import JaneeTelemetry
import JaneeTestSupport
import Testing

@testable import JaneeCore

@Suite("What is counted about providers")
struct ProviderMetricsTests {
    private let clock = ManualClock()
    private let registry = PrometheusRegistry(JaneeMetrics.descriptions)

    private func manager(
        limits: ProviderLimits = ProviderLimits(retry: .never),
        _ answer: @escaping @Sendable (SecretReference) async throws(SecretError) -> SecretValue?
    ) throws -> SecretsManager {
        let manager = SecretsManager.forTests(
            time: TimeSource(clock) { .zero },
            metrics: JaneeMetrics(factory: registry)
        )
        let provider = ScriptedProvider(try #require(ProviderName("vault")), answer: answer)
        try manager.registerProvider(provider, limits: limits)
        return manager
    }

    private func read(_ manager: SecretsManager, _ path: String, for service: String? = "stripe") async throws {
        _ = try? await manager.getSecret(try SecretURI(parsing: "vault://\(path)"), for: service)
    }

    /// The samples of the exposition that begin with `prefix`, without it.
    private func samples(_ prefix: String) -> [String] {
        registry.exposition.split(separator: "\n").filter { $0.hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }
    }

    @Test("reads are counted by provider, service and outcome, operations and attempts by their result, paths never")
    func reads() async throws {
        let manager = try manager { reference throws(SecretError) in
            switch reference.path {
            case "there": return SecretValue("v")
            case "denied": throw SecretError(.providerPermissionDenied, "no")
            default: return nil
            }
        }
        try await read(manager, "there")
        try await read(manager, "there", for: nil)
        try await read(manager, "denied")
        try await read(manager, "secret-path-canary")
        _ = try? await manager.getSecret(try SecretURI(parsing: "other://x"), for: "stripe")
        #expect(
            samples("janee_secret_accesses_total") == [
                #"{provider="other",service="stripe",outcome="provider_not_found"} 1"#,
                #"{provider="vault",service="",outcome="success"} 1"#,
                #"{provider="vault",service="stripe",outcome="provider_permission_denied"} 1"#,
                #"{provider="vault",service="stripe",outcome="secret_not_found"} 1"#,
                #"{provider="vault",service="stripe",outcome="success"} 1"#,
            ]
        )
        #expect(
            samples(#"janee_provider_requests_total{provider="vault",type="scripted","#) == [
                #"operation="initialize",outcome="success"} 1"#,
                #"operation="read",outcome="provider_permission_denied"} 1"#,
                #"operation="read",outcome="secret_not_found"} 1"#, #"operation="read",outcome="success"} 2"#,
            ]
        )
        #expect(
            samples(#"janee_provider_attempts_total{provider="vault",type="scripted","#) == [
                #"result="provider_permission_denied"} 1"#, #"result="secret_not_found"} 1"#, #"result="success"} 2"#,
            ]
        )
        #expect(
            samples("janee_provider_request_duration_seconds_count")
                .contains(
                    #"{provider="vault",type="scripted",operation="read"} 4"#
                )
        )
        #expect(!registry.exposition.contains("canary"))
    }

    @Test("the breaker, and whether the back end answers, show when somebody looks")
    func standing() async throws {
        let isDown = Locked(true)
        let manager = try manager { _ throws(SecretError) in
            if isDown.withLock({ $0 }) { throw SecretError(.providerUnavailable, "down") }
            return SecretValue("v")
        }
        let identity = #"{provider="vault",type="scripted"} "#
        func standing() -> [String] {
            manager.updateGauges()
            return samples("janee_provider_up\(identity)") + samples("janee_provider_breaker_state\(identity)")
        }
        #expect(standing() == [], "nobody has wanted it yet")
        for number in 0..<5 { try await read(manager, "a/\(number)") }
        #expect(standing() == ["0", "2"])
        #expect(manager.standing([try #require(ProviderName("VAULT"))]).map(\.isUp) == [false])
        clock.advance(by: .seconds(30))
        #expect(standing() == ["0", "1"])
        isDown.withLock { $0 = false }
        try await read(manager, "b")
        #expect(standing() == ["1", "0"])
        #expect(manager.standing([try #require(ProviderName("vault"))]).map(\.isUp) == [true])
    }

    @Test("kept values count as hits, misses and stale ones, with their age, and shared reads as coalesced")
    func cache() async throws {
        let isDown = Locked(false)
        let gate = Gate()
        let limits = ProviderLimits(
            retry: .never,
            cache: .init(timeToLive: .seconds(10), maximumStaleness: .seconds(60))
        )
        let manager = try manager(limits: limits) { reference throws(SecretError) in
            if reference.path == "slow" { await gate.wait() }
            if isDown.withLock({ $0 }) { throw SecretError(.providerUnavailable, "down") }
            return SecretValue("v")
        }
        let age = #"janee_provider_secret_age_seconds{provider="vault"} "#
        try await read(manager, "a")
        #expect(samples(age) == ["0"])
        clock.advance(by: .seconds(4))
        try await read(manager, "a")
        #expect(samples(age) == ["4"])
        clock.advance(by: .seconds(16))
        isDown.withLock { $0 = true }
        try await read(manager, "a")
        #expect(samples(age) == ["20"])
        isDown.withLock { $0 = false }
        try await withThrowingTaskGroup { group in
            for _ in 0..<5 { group.addTask { try await read(manager, "slow") } }
            let event = #"janee_provider_cache_total{provider="vault",event="coalesced"} 4"#
            while samples(event).isEmpty { await Task.yield() }
            gate.open()
            try await group.waitForAll()
        }
        #expect(
            samples(#"janee_provider_cache_total{provider="vault",event="#) == [
                #""coalesced"} 4"#, #""hit"} 1"#, #""miss"} 3"#, #""stale"} 1"#,
            ]
        )
        #expect(samples(#"janee_secret_accesses_total{provider="vault",service="stripe",outcome="stale"}"#) == [" 1"])
    }

    @Test("logins and renewals are counted, and what is left of a credential's time shows")
    func tokens() throws {
        let metrics = JaneeMetrics(factory: registry)
        let vault = try #require(ProviderName("vault"))
        let other = try #require(ProviderName("other"))
        metrics.token(vault, .failed(.login, .providerUnavailable), at: .zero)
        metrics.token(vault, .granted(.login, lifetime: .seconds(3600)), at: .seconds(10))
        metrics.token(vault, .granted(.renewal, lifetime: .seconds(3600)), at: .seconds(2000))
        metrics.token(other, .granted(.login, lifetime: nil), at: .zero)
        func left(at seconds: Int) -> [String] {
            metrics.updateTokens(at: .seconds(seconds))
            return samples("janee_provider_token_ttl_seconds{provider=")
        }
        #expect(left(at: 2600) == [#""other"} +Inf"#, #""vault"} 3000"#])
        #expect(left(at: 9999) == [#""other"} +Inf"#, #""vault"} 0"#])
        metrics.token(other, .ended, at: .zero)
        #expect(left(at: 0).first == #""other"} 0"#)
        #expect(
            samples("janee_provider_token_renewals_total{provider=") == [
                #""other",operation="login",result="success"} 1"#,
                #""vault",operation="login",result="provider_unavailable"} 1"#,
                #""vault",operation="login",result="success"} 1"#,
                #""vault",operation="renewal",result="success"} 1"#,
            ]
        )
    }
}
