import JaneeSecrets

/// The values that are to be found, as fingerprints: a value does not stay in memory because it is looked for, and is
/// still found when an error repeats it after the program has dropped it.
///
/// Bounded: when there are more than `limit` values, the quarter that was seen least recently is forgotten.
struct KnownValues: Sendable {
    private struct Entry: Sendable {
        let forms: [Fingerprint]
        var lastSeen: UInt64
    }

    private let limit: Int
    private let rolling: RollingHash
    /// By the fingerprint of the value itself.
    private var entries: [Fingerprint: Entry] = [:]
    private var seen: UInt64 = 0
    private(set) var index: FingerprintIndex

    init(limit: Int, using generator: inout some RandomNumberGenerator) {
        self.limit = limit
        rolling = RollingHash(using: &generator)
        index = FingerprintIndex(rolling)
    }

    var count: Int { entries.count }

    /// Takes a value in; one that is there already counts as seen again and takes no more room.
    mutating func insert(_ value: SecretValue) {
        guard value.count >= ValueForms.minimumLength, let key = value.withBytes({ Fingerprint($0, rolling) })
        else { return }
        seen += 1
        guard entries[key] == nil else {
            entries[key]?.lastSeen = seen
            return
        }
        let forms = ValueForms.of(value).compactMap { form in form.withBytes { Fingerprint($0, rolling) } }
        entries[key] = Entry(forms: forms, lastSeen: seen)
        if entries.count > limit { return forgetOldest() }
        for form in forms { index.insert(form) }
    }

    private mutating func forgetOldest() {
        let order = entries.sorted { $0.value.lastSeen < $1.value.lastSeen }
        for (key, _) in order.prefix(max(1, limit / 4)) { entries[key] = nil }
        index = FingerprintIndex(rolling)
        for form in entries.values.flatMap(\.forms) { index.insert(form) }
    }
}
