/// Makes what a server draws at random, the same in every run.
struct VaultIdentifiers: Sendable {
    private var generator = SeededGenerator(seed: 18)

    mutating func uuid() -> String {
        var digits = hexadecimal(32)
        for position in [20, 16, 12, 8] {
            digits.insert("-", at: digits.index(digits.startIndex, offsetBy: position))
        }
        return digits
    }

    mutating func serviceToken() -> String { "s." + text(24, of: Self.base62) }

    mutating func accessor() -> String { text(24, of: Self.base62) }

    mutating func batchToken() -> String { "b.AAAAAQ" + text(205, of: Self.base64) }

    /// As in the accessor of a mount.
    mutating func mountAccessor(_ type: String) -> String { "\(type)_\(hexadecimal(8))" }

    private mutating func hexadecimal(_ count: Int) -> String { text(count, of: Self.hexadecimalDigits) }

    private mutating func text(_ count: Int, of alphabet: [UInt8]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var bits: UInt64 = 0
        for index in 0..<count {
            if index % 8 == 0 { bits = generator.next() }
            bytes.append(alphabet[Int(bits & 0xFF) % alphabet.count])
            bits >>= 8
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
    private static let base62 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let base64 = base62 + Array("-_".utf8)
}
