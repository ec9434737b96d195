import Crypto

/// A SHA-256 hash, by which a record names the one before it.
struct AuditHash: Hashable, Sendable {
    /// The number of hexadecimal digits of a hash.
    static let hexCount = 64

    /// What the first record of a chain names as its predecessor.
    static let zero = AuditHash(words: (0, 0, 0, 0))

    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    private init(words: (UInt64, UInt64, UInt64, UInt64)) {
        (first, second, third, fourth) = words
    }

    /// The hash of some bytes.
    init(of bytes: UnsafeRawBufferPointer) {
        var function = SHA256()
        function.update(bufferPointer: bytes)
        self = function.finalize()
            .withUnsafeBytes { digest in
                func word(_ index: Int) -> UInt64 {
                    UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
                }
                return AuditHash(words: (word(0), word(1), word(2), word(3)))
            }
    }

    /// A hash from 64 hexadecimal digits in lower case.
    init?(hex: UnsafeRawBufferPointer) {
        guard hex.count == Self.hexCount else { return nil }
        func word(_ index: Int) -> UInt64? {
            var value: UInt64 = 0
            for position in index * 16..<index * 16 + 16 {
                switch hex[position] {
                case let digit where digit &- 0x30 < 10: value = value << 4 | UInt64(digit &- 0x30)
                case let digit where digit &- 0x61 < 6: value = value << 4 | UInt64(digit &- 0x61 &+ 10)
                default: return nil
                }
            }
            return value
        }
        guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3) else { return nil }
        self.init(words: (first, second, third, fourth))
    }

    /// Writes the hash as 64 hexadecimal digits.
    func appendHex(to bytes: inout [UInt8]) {
        for word in [first, second, third, fourth] {
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 0x0F
                bytes.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
            }
        }
    }
}
