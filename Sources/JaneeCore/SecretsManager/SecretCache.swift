import JaneeSecrets

/// Values that were read a short while ago (RFC 0005, open question 1: off unless configured).
///
/// A value is used for its time to live, counted from the last read that the back end confirmed, and beyond that, up to a
/// bound, only while the back end is unavailable. A pure value; times are ``TimeSource/now``.
struct SecretCache: Sendable {
    private struct Entry: Sendable {
        let value: SecretValue
        let confirmed: Duration
        /// Tells the entry in the queue from those of earlier reads.
        let number: UInt64
    }

    /// A value that may be used.
    struct Kept: Sendable {
        let value: SecretValue
        /// How long ago the back end confirmed it.
        let age: Duration
    }

    let limits: ProviderLimits.Cache
    /// Beyond this many, those read longest ago are dropped.
    let capacity: Int
    private var entries: [SecretReference: Entry] = [:]
    /// What was read, the longest ago first; entries that were read again stand here more than once.
    private var order: [(reference: SecretReference, number: UInt64)] = []
    private var lastNumber: UInt64 = 0

    init(_ limits: ProviderLimits.Cache, capacity: Int = 1024) {
        self.limits = limits
        self.capacity = capacity
    }

    /// How many values are kept.
    var count: Int { entries.count }

    /// A value whose time to live is not over.
    func fresh(_ reference: SecretReference, at now: Duration) -> Kept? {
        value(reference, at: now, for: limits.timeToLive)
    }

    /// A value that may be used because the back end is unavailable.
    func stale(_ reference: SecretReference, at now: Duration) -> Kept? {
        guard limits.maximumStaleness > .zero else { return nil }
        return value(reference, at: now, for: limits.timeToLive + limits.maximumStaleness)
    }

    /// Keeps a value that the back end has just confirmed.
    mutating func store(_ reference: SecretReference, _ value: SecretValue, at now: Duration) {
        lastNumber += 1
        entries[reference] = Entry(value: value, confirmed: now, number: lastNumber)
        order.append((reference, lastNumber))
        dropExpired(at: now)
        while entries.count > capacity, let oldest = order.first { drop(oldest) }
        if order.count > 2 * capacity {
            order.removeAll { entries[$0.reference]?.number != $0.number }
        }
    }

    /// Drops a value that the back end no longer gives.
    mutating func remove(_ reference: SecretReference) {
        entries[reference] = nil
    }

    /// Drops what may not be used any more, so that values do not stay in memory for longer than they are of use.
    mutating func dropExpired(at now: Duration) {
        let lifetime = limits.timeToLive + limits.maximumStaleness
        while let oldest = order.first {
            if let entry = entries[oldest.reference], entry.number == oldest.number, now - entry.confirmed < lifetime {
                return
            }
            drop(oldest)
        }
    }

    mutating func clear() {
        entries = [:]
        order = []
    }

    private mutating func drop(_ oldest: (reference: SecretReference, number: UInt64)) {
        order.removeFirst()
        if entries[oldest.reference]?.number == oldest.number { entries[oldest.reference] = nil }
    }

    private func value(
        _ reference: SecretReference,
        at now: Duration,
        for lifetime: Duration
    ) -> Kept? {
        entries[reference]
            .flatMap { entry in
                let age = now - entry.confirmed
                return age < lifetime ? Kept(value: entry.value, age: age) : nil
            }
    }
}
