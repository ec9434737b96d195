import JaneeSecrets

/// What is counted about one provider.
struct ProviderMetrics: Sendable {
    /// What a provider is asked to do.
    enum Operation: String, Sendable {
        case initialize, read, probe, health
    }

    /// What became of a read before the provider was asked.
    enum CacheEvent: String, Sendable {
        /// A kept value was used.
        case hit
        /// No value was kept that could be used.
        case miss
        /// A kept value was used beyond its time, because the back end is down.
        case stale
        /// The read shared the answer of another one.
        case coalesced
    }

    private let metrics: JaneeMetrics
    private let name: [(String, String)]
    private let identity: [(String, String)]

    init(_ metrics: JaneeMetrics, provider: String, type: String) {
        self.metrics = metrics
        name = [("provider", provider)]
        identity = name + [("type", type)]
    }

    /// Counts an operation that ended with a code, or well.
    func request(_ operation: Operation, _ code: SecretError.Code?, _ duration: Duration) {
        end(operation, JaneeMetrics.outcome(code), duration)
    }

    /// Counts an operation that failed, unless whoever asked for it has given up.
    func failure(_ operation: Operation, _ error: SecretError, _ duration: Duration) {
        if !error.isCancellation { request(operation, error.code, duration) }
    }

    func health(_ health: ProviderHealth, _ duration: Duration) {
        end(.health, health.healthy ? "success" : "unhealthy", duration)
    }

    private func end(_ operation: Operation, _ outcome: String, _ duration: Duration) {
        let labels = identity + [("operation", operation.rawValue)]
        metrics.count("janee_provider_requests_total", labels + [("outcome", outcome)])
        metrics.time("janee_provider_request_duration_seconds", labels, duration)
    }

    func attempt(_ code: SecretError.Code?) {
        metrics.count("janee_provider_attempts_total", identity + [("result", JaneeMetrics.outcome(code))])
    }

    func cache(_ event: CacheEvent) {
        metrics.count("janee_provider_cache_total", name + [("event", event.rawValue)])
    }

    func age(_ age: Duration) {
        metrics.gauge("janee_provider_secret_age_seconds", name, age / .seconds(1))
    }

    func standing(isUp: Bool, _ breaker: CircuitBreaker.Position?) {
        metrics.gauge("janee_provider_up", identity, isUp ? 1 : 0)
        if let breaker { metrics.gauge("janee_provider_breaker_state", identity, Double(breaker.rawValue)) }
    }
}
