import JaneeSecrets
import Testing

@Suite("When failures are tried again")
struct RetryPolicyTests {
    private static let unavailable = SecretError(.providerUnavailable, "down")

    private static func limited(_ retryAfter: Duration?, _ code: SecretError.Code = .providerRateLimited) -> SecretError
    {
        SecretError(code, "slow down", provider: "vault", path: "a", retryAfter: retryAfter)
    }

    /// The pause in milliseconds, or the code of the failure.
    private static func outcome(_ decision: RetryPolicy.Decision) -> String {
        switch decision {
        case .retry(let pause): "\(pause / .milliseconds(1))"
        case .fail(let error): error.code.rawValue
        }
    }

    @Test(
        "pauses double up to the longest one and are spread by up to a tenth",
        arguments: [
            (1, 0, 100), (2, 0, 200), (3, 0, 400), (6, 0, 3200), (7, 0, 5000), (1000, 0, 5000),
            (1, 1, 110), (2, 0.5, 210), (7, 1, 5000), (1, 7, 110), (1, -1, 100), (0, 0, 100),
        ] as [(Int, Double, Int)]
    )
    func delays(attempt: Int, jitter: Double, milliseconds: Int) {
        let delay = RetryPolicy().delay(after: attempt, jitter: jitter)
        #expect(abs(delay / .milliseconds(1) - Double(milliseconds)) < 0.001)
    }

    @Test("a first pause is not longer than the longest one, and a factor of one keeps it")
    func bounds() {
        let short = RetryPolicy(initialDelay: .seconds(9), maxDelay: .seconds(2))
        #expect(short.delay(after: 1, jitter: 1) == .seconds(2))
        let steady = RetryPolicy(multiplier: 1)
        #expect(steady.delay(after: 9, jitter: 0) == .milliseconds(100))
        #expect(RetryPolicy(initialDelay: .zero).delay(after: 9, jitter: 1) == .zero)
    }

    @Test("only outages and rate limits are tried again", arguments: SecretError.Code.allCases)
    func codes(code: SecretError.Code) {
        let decision = RetryPolicy().decide(after: 1, SecretError(code, "x"), remaining: .seconds(9), jitter: 0)
        #expect(Self.outcome(decision) == (code.isTransient ? "100.0" : code.rawValue))
    }

    @Test("which failures are tried again can be configured")
    func configuredCodes() {
        let policy = RetryPolicy(retryable: [.providerRateLimited])
        let decision = policy.decide(after: 1, Self.unavailable, remaining: .seconds(9), jitter: 0)
        #expect(Self.outcome(decision) == "PROVIDER_UNAVAILABLE")
    }

    @Test(
        "three attempts in all",
        arguments: [(1, "100.0"), (2, "200.0"), (3, "PROVIDER_UNAVAILABLE"), (4, "PROVIDER_UNAVAILABLE")]
    )
    func attempts(attempt: Int, outcome: String) {
        let decision = RetryPolicy().decide(after: attempt, Self.unavailable, remaining: .seconds(9), jitter: 0)
        #expect(Self.outcome(decision) == outcome)
    }

    @Test("nothing is tried for which there is no time", arguments: [100, 99, 0, -5])
    func noTime(milliseconds: Int) {
        let decision = RetryPolicy()
            .decide(after: 1, Self.unavailable, remaining: .milliseconds(milliseconds), jitter: 0)
        #expect(Self.outcome(decision) == "PROVIDER_UNAVAILABLE")
    }

    @Test(
        "what the back end asks for replaces the pause, also a longer one than the longest",
        arguments: [(0, "0.0"), (7000, "7000.0"), (29_999, "29999.0"), (30_000, "PROVIDER_RATE_LIMITED")]
    )
    func retryAfter(milliseconds: Int, outcome: String) {
        let error = Self.limited(.milliseconds(milliseconds))
        let decision = RetryPolicy().decide(after: 1, error, remaining: .seconds(30), jitter: 1)
        #expect(Self.outcome(decision) == outcome)
    }

    @Test("a time beyond the operation's fails at once as a rate limit that carries it", arguments: [1, 3])
    func beyond(attempt: Int) throws {
        let error = Self.limited(.seconds(60), .providerUnavailable)
        let decision = RetryPolicy().decide(after: attempt, error, remaining: .seconds(30), jitter: 0)
        guard case .fail(let failure) = decision else {
            Issue.record("it is tried again")
            return
        }
        #expect(failure.code == .providerRateLimited)
        #expect(failure.retryAfter == .seconds(60))
        #expect(failure.provider == "vault" && failure.path == "a")
        #expect((failure.cause as? SecretError)?.code == .providerUnavailable)
    }
}
