import JaneeTelemetry

/// The place in the chain that a line claims, and the hash it really has.
struct ChainedLine {
    let sequence: UInt64
    let previous: AuditHash
    let hash: AuditHash

    /// The hash of the line's bytes; it differs from ``hash`` when the line was changed.
    let computed: AuditHash

    /// The day the line says it is the first chained one of.
    let opens: UTCDay?

    var isSound: Bool {
        hash == computed
    }

    /// Reads a line that ends exactly as a chained one does.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var end = bytes.count
        func take(_ text: [UInt8]) -> Bool {
            guard end >= text.count, bytes[(end - text.count)..<end].elementsEqual(text) else { return false }
            end -= text.count
            return true
        }
        func takeHash() -> AuditHash? {
            guard end >= AuditHash.hexCount else { return nil }
            let hex = UnsafeRawBufferPointer(rebasing: bytes[(end - AuditHash.hexCount)..<end])
            end -= AuditHash.hexCount
            return AuditHash(hex: hex)
        }
        guard take(AuditLineFormat.end), let hash = takeHash(), take(AuditLineFormat.hashKey) else { return nil }
        let hashed = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        guard take(AuditLineFormat.quote), let previous = takeHash(), take(AuditLineFormat.previousKey) else {
            return nil
        }
        let digits = bytes[..<end].suffix(AuditLineFormat.mostDigits + 1).reversed().prefix { $0 &- 0x30 < 10 }
        end -= digits.count
        guard
            digits.count <= AuditLineFormat.mostDigits,
            let sequence = UInt64(String(decoding: digits.reversed(), as: UTF8.self)),
            sequence > 0, bytes[end] != 0x30, take(AuditLineFormat.sequenceKey)
        else { return nil }
        self.sequence = sequence
        self.previous = previous
        self.hash = hash
        computed = AuditHash(of: hashed)
        opens = Self.opens(bytes[..<end])
    }

    private static func opens(_ bytes: Slice<UnsafeRawBufferPointer>) -> UTCDay? {
        let member = bytes.suffix(AuditLineFormat.opensKey.count + 11)
        guard member.starts(with: AuditLineFormat.opensKey), member.last == AuditLineFormat.quote[0] else { return nil }
        return UTCDay(
            name: String(decoding: member.dropFirst(AuditLineFormat.opensKey.count).dropLast(), as: UTF8.self)
        )
    }
}
