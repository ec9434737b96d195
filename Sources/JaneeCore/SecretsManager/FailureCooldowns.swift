import JaneeSecrets

/// Leaves references alone that keep failing in the same way, so that a broken one does not cost more than the others.
///
/// Three equal failures within ten seconds cool a reference down for five seconds, each further one for twice as long, up
/// to thirty. What another attempt could mend at any moment (an outage, a rate limit, a refused login) has guards of its
/// own and does not count here. A pure value; times are ``TimeSource/now``.
struct FailureCooldowns: Sendable {
    private struct Entry: Sendable {
        var code: SecretError.Code
        /// When it failed, the last times, since it last failed differently.
        var failures: [Duration]
        /// The last cool-down.
        var length = Duration.zero
        var until = Duration.zero
        var error: SecretError
    }

    static let window = Duration.seconds(10)
    static let threshold = 3
    static let shortest = Duration.seconds(5)
    static let longest = Duration.seconds(30)

    /// Beyond this many, those that failed longest ago are forgotten.
    let capacity: Int
    private var entries: [SecretReference: Entry] = [:]

    init(capacity: Int = 1024) {
        self.capacity = capacity
    }

    /// How many failing references are remembered.
    var count: Int { entries.count }

    /// The failure with which a reference that cools down is answered.
    func failure(of reference: SecretReference, at now: Duration) -> SecretError? {
        entries[reference].flatMap { now < $0.until ? $0.error : nil }
    }

    /// Notes that a reference failed.
    mutating func fail(_ reference: SecretReference, _ error: SecretError, at now: Duration) {
        guard Self.counts(error) else { return }
        var entry = entries[reference] ?? Entry(code: error.code, failures: [], error: error)
        if entry.code != error.code { entry = Entry(code: error.code, failures: [], error: error) }
        // A reference that was left alone for long starts afresh.
        if let last = entry.failures.last, now - last > Self.longest + Self.window {
            entry = Entry(code: error.code, failures: [], error: error)
        }
        entry.error = error
        entry.failures = entry.failures.suffix(Self.threshold - 1) + [now]
        if entry.length > .zero {
            entry.length = min(entry.length * 2, Self.longest)
            entry.until = now + entry.length
        } else if entry.failures.count == Self.threshold, now - entry.failures[0] <= Self.window {
            entry.length = Self.shortest
            entry.until = now + entry.length
        }
        entries[reference] = entry
        if entries.count > capacity { shrink() }
    }

    /// Notes that a reference was read.
    mutating func succeed(_ reference: SecretReference) {
        entries[reference] = nil
    }

    /// Forgets all failures.
    mutating func clear() {
        entries = [:]
    }

    /// Forgets the older half at once, so that this is not done with every further failure.
    private mutating func shrink() {
        let oldest = entries.sorted { ($0.value.failures.last ?? .zero) < ($1.value.failures.last ?? .zero) }
        for (reference, _) in oldest.prefix(capacity / 2) { entries[reference] = nil }
    }

    private static func counts(_ error: SecretError) -> Bool {
        switch error.code {
        case .secretNotFound, .providerPermissionDenied, .providerInternalError, .providerConfigInvalid,
            .invalidSecretURI:
            true
        case .providerUnavailable, .providerRateLimited, .providerAuthFailed, .providerNotFound: false
        }
    }
}
