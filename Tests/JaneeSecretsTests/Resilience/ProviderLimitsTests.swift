import JaneeSecrets
import Testing

@Suite("The limits of a provider")
struct ProviderLimitsTests {
    private func limits(_ pairs: KeyValuePairs<String, ConfigNode.Value>) throws -> ProviderLimits {
        ProviderLimits(try #require(ConfigSection(.map(pairs), field: "providers.vault")))
    }

    private func block(_ pairs: KeyValuePairs<String, ConfigNode.Value>) -> ConfigNode.Value {
        ConfigNode.map(pairs).value
    }

    @Test("without fields they are the specification's")
    func defaults() throws {
        let limits = try limits([:])
        #expect(limits == ProviderLimits())
        #expect(limits.attempt == .seconds(10) && limits.operation == .seconds(35))
        #expect(limits.retry.maxAttempts == 3 && limits.retry.multiplier == 2)
        #expect(limits.retry.initialDelay == .milliseconds(100) && limits.retry.maxDelay == .milliseconds(5000))
        #expect(limits.retry.retryable == [.providerUnavailable, .providerRateLimited])
        #expect(limits.breaker == .init(failures: 5, cooldown: .seconds(30)))
        #expect(limits.cache == nil && limits.concurrentOperations == 16)
    }

    @Test("every field counts")
    func fields() throws {
        let limits = try limits([
            "timeoutMs": .integer(1500), "operationTimeoutMs": .integer(9000), "maxConcurrentOperations": .integer(4),
            "retry": block([
                "maxAttempts": .integer(5), "initialDelayMs": .integer(7), "maxDelayMs": .integer(70),
                "backoffMultiplier": .number("1.5"),
                "retryableErrors": .list([.text("PROVIDER_RATE_LIMITED")]),
            ]),
            "circuitBreaker": block(["failures": .integer(2), "cooldownMs": .integer(100)]),
            "cache": block(["ttlSeconds": .integer(60), "maxStaleSeconds": .integer(600)]),
        ])
        #expect(limits.attempt == .milliseconds(1500) && limits.operation == .seconds(9))
        #expect(limits.concurrentOperations == 4)
        let retry = RetryPolicy(
            maxAttempts: 5,
            initialDelay: .milliseconds(7),
            maxDelay: .milliseconds(70),
            multiplier: 1.5,
            retryable: [.providerRateLimited]
        )
        #expect(limits.retry == retry)
        #expect(limits.breaker == .init(failures: 2, cooldown: .milliseconds(100)))
        #expect(limits.cache == .init(timeToLive: .seconds(60), maximumStaleness: .seconds(600)))
    }

    @Test("a factor may be a whole number, and a cache need not outlive an outage")
    func shortForms() throws {
        let limits = try limits([
            "retry": block(["backoffMultiplier": .integer(3)]), "cache": block(["ttlSeconds": .integer(5)]),
            "circuitBreaker": block([:]),
        ])
        #expect(limits.retry == RetryPolicy(multiplier: 3))
        #expect(limits.cache == .init(timeToLive: .seconds(5), maximumStaleness: .zero))
        #expect(limits.breaker == .init())
    }
}
