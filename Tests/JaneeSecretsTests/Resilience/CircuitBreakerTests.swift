import JaneeSecrets
import Testing

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    /// Runs a script: `u`, `a`, `n` admit an operation and end it as unavailable, answered or neither; `x` expects a
    /// refusal; a number lets so many seconds pass.
    private func run(_ script: String, _ breaker: inout CircuitBreaker) {
        var now = Duration.zero
        for word in script.split(separator: " ") {
            if let seconds = Int(word) {
                now += .seconds(seconds)
                continue
            }
            let outcomes: [Substring: CircuitBreaker.Outcome] = ["u": .unavailable, "a": .answered, "n": .neither]
            switch (breaker.admit(at: now), outcomes[word]) {
            case (.admitted(let ticket), let outcome?): breaker.end(ticket, outcome, at: now)
            case (.refused, nil): break
            default: Issue.record("'\(word)' in '\(script)' at \(now)")
            }
        }
    }

    @Test(
        "opens after five outages in a row, for thirty seconds, and then asks once",
        arguments: [
            "u u u u u x x", "u u u u a u u u u u x", "u u u u n u x", "n n n n n n n a",
            "u u u u u 29 x 1 a a", "u u u u u 30 u x 29 x 1 a", "u u u u u 30 n n a u u u u u x",
            "u u u u u 30 a u u u u u x", "u 3600 u 3600 u 3600 u 3600 u x",
        ]
    )
    func scripts(script: String) {
        var breaker = CircuitBreaker()
        run(script, &breaker)
    }

    @Test("the refusal says how long nothing is sent")
    func refusal() {
        var breaker = CircuitBreaker(threshold: 1, cooldown: .seconds(8))
        run("u 3", &breaker)
        #expect(breaker.state == .open(until: .seconds(8)))
        #expect(breaker.admit(at: .seconds(3)) == .refused(retryAfter: .seconds(5)))
    }

    @Test("while one operation asks, the others are refused")
    func singleProbe() {
        var breaker = CircuitBreaker(threshold: 1)
        run("u", &breaker)
        guard case .admitted(let probe) = breaker.admit(at: .seconds(30)) else {
            Issue.record("no probe")
            return
        }
        for _ in 0..<3 { #expect(breaker.admit(at: .seconds(3600)) == .refused(retryAfter: .seconds(1))) }
        breaker.end(probe, .unavailable, at: .seconds(3600))
        #expect(breaker.state == .open(until: .seconds(3630)))
    }

    @Test("operations that began before it opened do not keep it open for longer, but an answer closes it")
    func lateEnds() {
        var breaker = CircuitBreaker(threshold: 2)
        let tickets = (0..<4)
            .compactMap { _ in
                if case .admitted(let ticket) = breaker.admit(at: .zero) { ticket } else { nil }
            }
        #expect(tickets.count == 4)
        breaker.end(tickets[0], .unavailable, at: .seconds(1))
        breaker.end(tickets[1], .unavailable, at: .seconds(1))
        breaker.end(tickets[2], .unavailable, at: .seconds(20))
        #expect(breaker.state == .open(until: .seconds(31)))
        breaker.end(tickets[3], .answered, at: .seconds(21))
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test("an operation that began before the probe does not decide for it, unless it is answered")
    func lateDuringProbe() {
        var breaker = CircuitBreaker(threshold: 1)
        guard case .admitted(let early) = breaker.admit(at: .zero), case .admitted(let other) = breaker.admit(at: .zero)
        else {
            Issue.record("not admitted")
            return
        }
        breaker.end(other, .unavailable, at: .zero)
        guard case .admitted = breaker.admit(at: .seconds(30)) else {
            Issue.record("no probe")
            return
        }
        breaker.end(early, .unavailable, at: .seconds(31))
        #expect(breaker.state == .probing)
    }

    @Test(
        "what failures say about the back end",
        arguments: [
            (.providerUnavailable, .unavailable), (.secretNotFound, .answered), (.providerPermissionDenied, .answered),
            (.providerRateLimited, .neither), (.providerAuthFailed, .neither), (.providerInternalError, .neither),
            (.providerConfigInvalid, .neither), (.invalidSecretURI, .neither), (.providerNotFound, .neither),
        ] as [(SecretError.Code, CircuitBreaker.Outcome)]
    )
    func outcomes(code: SecretError.Code, outcome: CircuitBreaker.Outcome) {
        #expect(CircuitBreaker.Outcome(SecretError(code, "x")) == outcome)
    }

    @Test("a cancelled read says nothing")
    func cancellation() {
        #expect(SecretError.cancelled.code == .providerUnavailable)
        #expect(CircuitBreaker.Outcome(.cancelled) == .neither)
        #expect(CircuitBreaker.Outcome(.cancelled.named(provider: "x")) == .neither)
    }
}
