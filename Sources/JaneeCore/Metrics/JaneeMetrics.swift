package import CoreMetrics
package import JaneeSecrets
package import JaneeTelemetry

/// What the program counts, under the names of ``descriptions``.
///
/// Labels are names from the configuration, types and codes: never a path, never anything that an agent or a back end
/// has sent.
package struct JaneeMetrics: Sendable {
    let factory: any MetricsFactory
    let tokens: TokenGauges

    /// - Parameter factory: Makes the counters, such as a ``PrometheusRegistry``.
    package init(factory: any MetricsFactory) {
        self.factory = factory
        tokens = TokenGauges()
    }

    /// Counts nothing.
    package static let disabled = JaneeMetrics(factory: NOOPMetricsHandler.instance)

    package static let descriptions = [
        MetricDescription("janee_calls_total", "Calls of agents, by how they ended."),
        MetricDescription("janee_denials_total", "Calls that were refused, by the reason."),
        MetricDescription("janee_upstream_duration_seconds", "Time until an API's answer was complete, or failed."),
        MetricDescription("janee_audit_writes_total", "Records for the audit log, by whether they were written."),
        MetricDescription("janee_secret_accesses_total", "Reads of secrets, one for each that asked."),
        MetricDescription("janee_provider_requests_total", "Operations of providers, with their retries."),
        MetricDescription("janee_provider_request_duration_seconds", "Time of those operations, waits included."),
        MetricDescription("janee_provider_attempts_total", "Attempts to read a secret, each retry one."),
        MetricDescription("janee_provider_breaker_state", "Circuit breaker: 0 closed, 1 half open, 2 open."),
        MetricDescription("janee_provider_cache_total", "Reads that met a kept value, or another read."),
        MetricDescription(
            "janee_provider_secret_age_seconds",
            "Age of the value used last, since the back end confirmed it."
        ),
        MetricDescription("janee_provider_up", "Whether the back end answered when it was last asked."),
        MetricDescription("janee_provider_token_ttl_seconds", "How long the provider's own credential is still good."),
        MetricDescription("janee_provider_token_renewals_total", "Logins and renewals of the provider's credential."),
    ]

    /// Counts how a call ended.
    ///
    /// - Parameter service: As the configuration names it; nil if no service is concerned.
    func call(service: String?, outcome: String) {
        count("janee_calls_total", [("service", service ?? ""), ("outcome", outcome)])
    }

    func denial(service: String?, reason: String) {
        count("janee_denials_total", [("service", service ?? ""), ("reason", reason)])
    }

    func upstream(service: String, _ duration: Duration) {
        time("janee_upstream_duration_seconds", [("service", service)], duration)
    }

    func auditWrite(succeeded: Bool) {
        count("janee_audit_writes_total", [("result", succeeded ? "written" : "failed")])
    }

    /// - Parameter isCancelled: Whether whoever asked went away; that says nothing about the provider.
    func access(_ access: SecretAccess, isCancelled: Bool = false) {
        let outcome = isCancelled ? "cancelled" : access.isStale ? "stale" : Self.outcome(access.code)
        let labels = [("provider", access.provider), ("service", access.service ?? ""), ("outcome", outcome)]
        count("janee_secret_accesses_total", labels)
    }

    func provider(_ provider: any SecretsProvider) -> ProviderMetrics {
        ProviderMetrics(self, provider: provider.name.spelling, type: provider.type)
    }

    /// Counts what happens to a provider's own credential.
    package func token(_ provider: ProviderName, _ event: TokenEvent, at now: Duration) {
        let (operation, result): (TokenEvent.Operation, String)
        switch event {
        case .granted(let how, let lifetime):
            (operation, result) = (how, Self.outcome(nil))
            tokens.set(provider.spelling, expiry: lifetime.map { (now + $0) / .seconds(1) } ?? .infinity)
        case .failed(let how, let code): (operation, result) = (how, Self.outcome(code))
        case .ended:
            tokens.set(provider.spelling, expiry: 0)
            return
        }
        let labels = [("provider", provider.spelling), ("operation", operation.rawValue), ("result", result)]
        count("janee_provider_token_renewals_total", labels)
    }

    /// Brings the time that credentials are still good up to date.
    func updateTokens(at now: Duration) {
        for (provider, seconds) in tokens.remaining(at: now / .seconds(1)) {
            gauge("janee_provider_token_ttl_seconds", [("provider", provider)], seconds)
        }
    }

    static func outcome(_ code: SecretError.Code?) -> String {
        code.map { $0.rawValue.lowercased() } ?? "success"
    }

    func count(_ name: String, _ labels: [(String, String)]) {
        factory.makeCounter(label: name, dimensions: labels).increment(by: 1)
    }

    func time(_ name: String, _ labels: [(String, String)], _ duration: Duration) {
        let nanoseconds = Int64(min(duration / .nanoseconds(1), 0x1p62))
        factory.makeTimer(label: name, dimensions: labels).recordNanoseconds(nanoseconds)
    }

    func gauge(_ name: String, _ labels: [(String, String)], _ value: Double) {
        factory.makeRecorder(label: name, dimensions: labels, aggregate: false).record(value)
    }
}
