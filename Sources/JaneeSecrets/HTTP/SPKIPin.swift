/// The SHA-256 digest of a public key in its SubjectPublicKeyInfo form: what RFC 7469 and `curl --pinnedpubkey` call a
/// pin.
public struct SPKIPin: Hashable, Sendable {
    /// The bytes of a digest.
    public static let length = 32
    private static let prefix = "sha256/"

    /// The digest.
    public let digest: [UInt8]

    /// Makes a pin of a digest; nil unless it has ``length`` bytes.
    public init?(digest: [UInt8]) {
        guard digest.count == Self.length else { return nil }
        self.digest = digest
    }

    /// Parses base64 of exactly 32 bytes, with or without `sha256/` in front; nil for anything else.
    ///
    /// There is one spelling of a digest: the padding is needed, and bits that say nothing are zero.
    public init?(parsing text: String) {
        let digits = text.hasPrefix(Self.prefix) ? text.utf8.dropFirst(Self.prefix.utf8.count) : text.utf8[...]
        guard digits.count == 44, digits.last == UInt8(ascii: "=") else { return nil }
        var digest: [UInt8] = []
        digest.reserveCapacity(Self.length)
        var bits: UInt32 = 0
        var count = 0
        for digit in digits.dropLast() {
            guard let value = Self.value(of: digit) else { return nil }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            digest.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            bits &= 1 << UInt32(count) - 1
        }
        guard bits == 0 else { return nil }
        self.init(digest: digest)
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
