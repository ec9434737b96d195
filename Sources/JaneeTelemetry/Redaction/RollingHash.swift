/// Polynomial hashes modulo the prime 2^61 - 1, which give the hash of any part of a text in constant time.
///
/// The base is random and of one process only, so hashes tell nothing elsewhere. Two different texts of `n` bytes have
/// the same hash with a probability of `n` in 2^61.
struct RollingHash: Sendable {
    private static let prime: UInt64 = (1 << 61) - 1

    private let base: UInt64

    init(using generator: inout some RandomNumberGenerator) {
        base = UInt64.random(in: 1 << 32..<Self.prime, using: &generator)
    }

    func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0) { appending($1, to: $0) }
    }

    /// By what the hash of a text is multiplied when `count` bytes come after it.
    func shift(by count: Int) -> UInt64 {
        var result: UInt64 = 1
        var square = base
        var rest = count
        while rest > 0 {
            if rest & 1 == 1 { result = Self.product(result, square) }
            square = Self.product(square, square)
            rest >>= 1
        }
        return result
    }

    /// The hashes of all beginnings of a text, the empty one first.
    func beginnings(of bytes: UnsafeBufferPointer<UInt8>) -> [UInt64] {
        var hashes: [UInt64] = [0]
        hashes.reserveCapacity(bytes.count + 1)
        var hash: UInt64 = 0
        for byte in bytes {
            hash = appending(byte, to: hash)
            hashes.append(hash)
        }
        return hashes
    }

    /// The hash of what comes after a beginning.
    ///
    /// - Parameters:
    ///   - whole: The hash of a beginning of a text.
    ///   - part: The hash of a shorter one.
    ///   - shift: ``shift(by:)`` for the difference of their lengths.
    static func remainder(of whole: UInt64, after part: UInt64, shift: UInt64) -> UInt64 {
        let removed = product(part, shift)
        return whole >= removed ? whole - removed : whole + prime - removed
    }

    private func appending(_ byte: UInt8, to hash: UInt64) -> UInt64 {
        // One more than the byte, so that zeros at the beginning count.
        let sum = Self.product(hash, base) + UInt64(byte) + 1
        return sum >= Self.prime ? sum - Self.prime : sum
    }

    private static func product(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        let sum = (low & prime) + (low >> 61 | high << 3)
        return sum >= prime ? sum - prime : sum
    }
}
