import JaneeFiles
import JaneeSecrets
import Logging
import Synchronization

/// The road of every read to one provider: cache, single flight, cool-down, turn, breaker, retry, time limit.
///
/// It is the same for all back ends, so that a provider holds only its own protocol (RFC 0005, "Normative Behavior").
final class ProviderPipeline: Sendable {
    /// What a read led to.
    struct Answer: Sendable {
        let result: Result<SecretValue?, SecretError>
        /// Whether it is a value kept from before, used because the back end is down.
        var isStale = false
    }

    /// Reads that may share an answer: none from before a refresh with one from after it.
    struct Flight: Hashable {
        let reference: SecretReference
        let generation: UInt64
    }

    private struct State {
        /// How often ``refresh()`` was called; what a read from before yields is not kept.
        var generation: UInt64 = 0
        /// Whether anybody has wanted something of the provider.
        var isWanted = false
        var isReady = false
        var breaker: CircuitBreaker?
        /// Before this time the back end asked not to be asked.
        var notBefore = Duration.zero
        var cooldowns = FailureCooldowns()
        var cache: SecretCache?
        /// What ``refreshed`` was when it was last looked at.
        var refresh: FileStamp?
        /// Whether the back end gave an answer when it was last asked.
        var isAnswering = false
    }

    let provider: any SecretsProvider
    let limits: ProviderLimits
    let time: TimeSource
    private let jitter: @Sendable () -> Double
    private let refreshed: @Sendable () -> FileStamp?
    private let logger: Logger
    let metrics: ProviderMetrics
    private let reads = SingleFlight<Flight, Answer>()
    private let starts = SingleFlight<Bool, Result<Void, SecretError>>()
    private let turns: ConcurrencyLimit
    private let state: Mutex<State>

    /// - Parameters:
    ///   - refreshed: Gives something else after ``refresh()`` was asked for in another process.
    ///   - jitter: A number from 0 to 1 that spreads pauses.
    init(
        _ provider: any SecretsProvider,
        limits: ProviderLimits,
        time: TimeSource,
        logger: Logger,
        metrics: JaneeMetrics = .disabled,
        refreshed: @escaping @Sendable () -> FileStamp? = { nil },
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.provider = provider
        self.limits = limits
        self.time = time
        self.logger = logger
        self.metrics = metrics.provider(provider)
        self.refreshed = refreshed
        self.jitter = jitter
        turns = ConcurrencyLimit(limits.concurrentOperations)
        state = Mutex(
            State(
                breaker: limits.breaker.map { CircuitBreaker(threshold: $0.failures, cooldown: $0.cooldown) },
                cache: limits.cache.map { SecretCache($0) },
                refresh: refreshed()
            )
        )
    }

    /// Reads a secret, or shares the answer of a read that is under way.
    func read(_ reference: SecretReference) async -> Answer {
        refreshIfAsked()
        let now = time.now
        let (kept, generation) = state.withLock { ($0.cache?.fresh(reference, at: now), $0.generation) }
        if let kept {
            metrics.cache(.hit)
            metrics.age(kept.age)
            return Answer(result: .success(kept.value))
        }
        let flight = Flight(reference: reference, generation: generation)
        let answer = await reads.value(
            for: flight,
            onJoin: { metrics.cache(.coalesced) },
            { [self] in await fetch(flight) }
        )
        return answer ?? Answer(result: .failure(.cancelled))
    }

    /// Initialises the provider; once, whoever asks for it at the same time.
    func start() async throws(SecretError) {
        let isReady = state.withLock { state in
            state.isWanted = true
            return state.isReady
        }
        if isReady { return }
        let result = await starts.value(for: true) { [self] in
            let began = time.now
            do throws(SecretError) {
                try await provider.initialize()
                state.withLock { state in
                    state.isReady = true
                    state.isAnswering = true
                }
                metrics.request(.initialize, nil, time.now - began)
                return .success(())
            } catch {
                metrics.failure(.initialize, error, time.now - began)
                return .failure(error.named(provider: provider.name.spelling))
            }
        }
        try (result ?? .failure(.cancelled)).get()
    }

    /// How often what was kept has been forgotten.
    var generation: UInt64 { state.withLock { $0.generation } }

    /// Whether the provider has been initialised.
    var isReady: Bool { state.withLock { $0.isReady } }

    /// Whether the back end can serve reads, and how long it took to find out.
    func health() async -> (health: ProviderHealth, latency: Duration) {
        let began = time.now
        let health: ProviderHealth
        do throws(CancellationError) {
            let answer = try await withTimeLimit(limits.attempt, time) { [self] in await provider.healthCheck() }
            health = answer ?? ProviderHealth(healthy: false, error: "no answer within \(limits.attempt)")
        } catch {
            return (ProviderHealth(healthy: false, error: "the check was cancelled"), time.now - began)
        }
        let latency = time.now - began
        state.withLock { $0.isAnswering = health.healthy }
        metrics.health(health, latency)
        return (health, latency)
    }

    /// Whether a secret exists, without its value; nil if the back end cannot tell or does not in time.
    func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        let began = time.now
        do throws(SecretError) {
            let answer = try await withTimeLimit(
                limits.attempt,
                time,
                throwing: { [self] () async throws(SecretError) in try await provider.probe(reference) }
            )
            metrics.request(.probe, answer == nil ? .providerUnavailable : nil, time.now - began)
            return answer ?? nil
        } catch {
            metrics.failure(.probe, error, time.now - began)
            throw error
        }
    }

    /// How the provider stands, for the statistics; nothing if nobody has wanted it yet.
    func updateGauges() {
        let now = time.now
        guard state.withLock({ $0.isWanted }) else { return }
        metrics.standing(isUp: isUp, state.withLock { $0.breaker?.position(at: now) })
    }

    /// Whether the provider has been started and the back end answered when it was last asked.
    var isUp: Bool { state.withLock { $0.isReady && $0.isAnswering } }

    /// Forgets kept values and cool-downs, so that what was changed at the back end counts at once.
    func refresh() {
        state.withLock { state in
            state.generation += 1
            state.cache?.clear()
            state.cooldowns.clear()
        }
    }

    /// Heeds `provider refresh`; only where something is kept that it could clear.
    func refreshIfAsked() {
        guard state.withLock({ $0.cache?.count ?? 0 > 0 || $0.cooldowns.count > 0 }) else { return }
        let now = refreshed()
        let isNew = state.withLock { state in
            defer { state.refresh = now }
            return state.refresh != now
        }
        if isNew { refresh() }
    }

    private func fetch(_ flight: Flight) async -> Answer {
        let (now, reference) = (time.now, flight.reference)
        if limits.cache != nil { metrics.cache(.miss) }
        if limits.isRemote, let failure = state.withLock({ $0.cooldowns.failure(of: reference, at: now) }) {
            return Answer(result: .failure(failure))
        }
        do throws(SecretError) {
            let value = try await operate(reference)
            metrics.request(.read, value == nil ? .secretNotFound : nil, time.now - now)
            if value != nil { metrics.age(.zero) }
            note(value, of: flight)
            return Answer(result: .success(value))
        } catch {
            let error = error.named(provider: provider.name.spelling)
            metrics.failure(.read, error, time.now - now)
            guard let kept = note(error, of: flight) else { return Answer(result: .failure(error)) }
            metrics.cache(.stale)
            metrics.age(kept.age)
            return Answer(result: .success(kept.value), isStale: true)
        }
    }

    func note(_ value: SecretValue?, of flight: Flight) {
        let (now, reference) = (time.now, flight.reference)
        state.withLock { state in
            state.isAnswering = true
            guard state.generation == flight.generation else { return }
            if let value {
                state.cooldowns.succeed(reference)
                state.cache?.store(reference, value, at: now)
            } else {
                state.cache?.remove(reference)
                if limits.isRemote { state.cooldowns.fail(reference, notFound(reference), at: now) }
            }
        }
    }

    /// - Returns: A value kept from before, which is used instead.
    @discardableResult
    func note(_ error: SecretError, of flight: Flight) -> SecretCache.Kept? {
        guard !error.isCancellation else { return nil }
        let (now, reference) = (time.now, flight.reference)
        return state.withLock { state in
            switch error.code {
            case .secretNotFound, .providerPermissionDenied, .providerRateLimited: state.isAnswering = true
            case .providerUnavailable, .providerAuthFailed: state.isAnswering = false
            // What is wrong with one secret or with the configuration says nothing about the back end.
            default: break
            }
            guard state.generation == flight.generation else { return nil }
            if limits.isRemote { state.cooldowns.fail(reference, error, at: now) }
            // Only an outage leaves open whether the value is still the right one.
            if error.code == .providerUnavailable { return state.cache?.stale(reference, at: now) }
            if !error.isTransient { state.cache?.remove(reference) }
            return nil
        }
    }

    private func notFound(_ reference: SecretReference) -> SecretError {
        SecretError(
            .secretNotFound,
            "no such secret is stored; it was asked for several times and is left alone for a few seconds",
            provider: provider.name.spelling,
            path: reference.displayPath
        )
    }
}

// MARK: - One operation

extension ProviderPipeline {
    /// Waits for a turn, and tries as often as the policy allows.
    private func operate(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        let deadline = time.now + limits.operation
        switch await turns.acquire(within: limits.operation, time) {
        case .acquired: break
        case .cancelled: throw .cancelled
        case .timedOut:
            throw SecretError(
                .providerUnavailable,
                "too many reads are under way; none ended within \(limits.operation)"
            )
        }
        defer { turns.release() }
        let ticket = try admit()
        do throws(SecretError) {
            let value = try await attempts(reference, until: deadline)
            end(ticket, .answered)
            return value
        } catch {
            end(ticket, CircuitBreaker.Outcome(error))
            throw error
        }
    }

    private func attempts(
        _ reference: SecretReference,
        until deadline: Duration
    ) async throws(SecretError) -> SecretValue? {
        var attempt = 1
        while true {
            try await waitUntilAllowed(deadline)
            do throws(SecretError) {
                let value = try await once(reference, within: min(limits.attempt, deadline - time.now))
                metrics.attempt(value == nil ? .secretNotFound : nil)
                return value
            } catch {
                if !error.isCancellation { metrics.attempt(error.code) }
                note(error, after: attempt)
                let decision = limits.retry.decide(
                    after: attempt,
                    error,
                    remaining: deadline - time.now,
                    jitter: jitter()
                )
                switch decision {
                case .fail(let error): throw error
                case .retry(let pause):
                    try await sleep(pause)
                    attempt += 1
                }
            }
        }
    }

    /// One attempt, which begins with initialising the provider where that has not succeeded yet.
    private func once(_ reference: SecretReference, within limit: Duration) async throws(SecretError) -> SecretValue? {
        let answer = try await withTimeLimit(
            limit,
            time,
            throwing: { [self] () async throws(SecretError) in
                try await start()
                return try await provider.getSecret(reference)
            }
        )
        guard let answer else { throw SecretError(.providerUnavailable, "no answer within \(limit)") }
        return answer
    }

    private func admit() throws(SecretError) -> CircuitBreaker.Ticket? {
        let now = time.now
        switch state.withLock({ $0.breaker?.admit(at: now) }) {
        case nil: return nil
        case .admitted(let ticket): return ticket
        case .refused(let retryAfter):
            throw SecretError(
                .providerUnavailable,
                "the provider has failed repeatedly; nothing is sent to it for \(retryAfter.secondsRoundedUp) more second(s)",
                retryAfter: retryAfter
            )
        }
    }

    private func end(_ ticket: CircuitBreaker.Ticket?, _ outcome: CircuitBreaker.Outcome) {
        guard let ticket else { return }
        let now = time.now
        let (before, after) = state.withLock { state in
            let before = state.breaker?.state
            state.breaker?.end(ticket, outcome, at: now)
            return (before, state.breaker?.state)
        }
        switch (before, after) {
        case (.closed, .open):
            logger.warning("provider '\(provider.name)' has failed repeatedly; requests to it pause")
        case (.open, .closed), (.probing, .closed):
            logger.notice("provider '\(provider.name)' answers again")
        default: break
        }
    }

    /// Keeps to the time that a back end has asked for, which holds for all operations.
    private func note(_ error: SecretError, after attempt: Int) {
        guard error.code == .providerRateLimited || error.retryAfter != nil else { return }
        let pause = error.retryAfter ?? limits.retry.delay(after: attempt, jitter: jitter())
        let time = time.now + pause
        state.withLock { $0.notBefore = max($0.notBefore, time) }
    }

    private func waitUntilAllowed(_ deadline: Duration) async throws(SecretError) {
        while true {
            let now = time.now
            let wait = state.withLock { $0.notBefore } - now
            guard wait > .zero else { return }
            guard now + wait < deadline else {
                throw SecretError(
                    .providerRateLimited,
                    "the provider asks to be left alone for \(wait.secondsRoundedUp) more second(s)",
                    retryAfter: wait
                )
            }
            try await sleep(wait)
        }
    }

    private func sleep(_ duration: Duration) async throws(SecretError) {
        do {
            try await time.sleep(for: duration)
        } catch {
            throw .cancelled
        }
    }
}
