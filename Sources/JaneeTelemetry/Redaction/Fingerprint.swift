/// What is kept of a form of a value: enough to find it, not to have it.
struct Fingerprint: Hashable, Sendable {
    /// The first bytes, by which places in a text are picked.
    static let headLength = 4

    let head: UInt32
    let length: Int
    let hash: UInt64

    /// Nil for forms that are shorter than ``headLength``.
    init?(_ bytes: UnsafeRawBufferPointer, _ rolling: RollingHash) {
        guard bytes.count >= Self.headLength else { return nil }
        head = bytes.prefix(Self.headLength).reduce(0) { $0 << 8 | UInt32($1) }
        length = bytes.count
        hash = rolling.hash(bytes)
    }
}

/// Finds any number of fingerprints in a text in one pass, whose time depends on the text and on how many lengths begin
/// alike, not on how many fingerprints there are.
struct FingerprintIndex: Sendable {
    /// The forms of one length among those with the same first bytes.
    private struct Group: Sendable {
        let length: Int
        let shift: UInt64
        var hashes: Set<UInt64>
    }

    private let rolling: RollingHash
    /// One bit for each of 65536 classes of first bytes, so that a text with nothing in it costs little.
    private var filter = [UInt64](repeating: 0, count: 1024)
    /// The longest form first.
    private var groups: [UInt32: [Group]] = [:]

    init(_ rolling: RollingHash) {
        self.rolling = rolling
    }

    mutating func insert(_ fingerprint: Fingerprint) {
        let bit = Self.bit(fingerprint.head)
        filter[bit >> 6] |= 1 << UInt64(bit & 63)
        var found = groups[fingerprint.head] ?? []
        if let index = found.firstIndex(where: { $0.length == fingerprint.length }) {
            found[index].hashes.insert(fingerprint.hash)
        } else {
            let shift = rolling.shift(by: fingerprint.length)
            let index = found.firstIndex { $0.length < fingerprint.length } ?? found.endIndex
            found.insert(Group(length: fingerprint.length, shift: shift, hashes: [fingerprint.hash]), at: index)
        }
        groups[fingerprint.head] = found
    }

    /// Where something known is in `bytes`: the longest form at each place; they may overlap.
    func occurrences(in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        guard !groups.isEmpty, bytes.count >= Fingerprint.headLength else { return [] }
        var found: [Range<Int>] = []
        var beginnings: [UInt64] = []
        var head: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            head = head << 8 | UInt32(byte)
            let bit = Self.bit(head)
            guard filter[bit >> 6] & 1 << UInt64(bit & 63) != 0, index + 1 >= Fingerprint.headLength,
                let groups = groups[head]
            else { continue }
            if beginnings.isEmpty { beginnings = rolling.beginnings(of: bytes) }
            let start = index + 1 - Fingerprint.headLength
            let match = groups.first { group in
                start + group.length <= bytes.count
                    && group.hashes.contains(
                        RollingHash.remainder(
                            of: beginnings[start + group.length],
                            after: beginnings[start],
                            shift: group.shift
                        )
                    )
            }
            if let match { found.append(start..<start + match.length) }
        }
        return found
    }

    private static func bit(_ head: UInt32) -> Int {
        Int((head &* 0x9E37_79B1) >> 16)
    }
}
