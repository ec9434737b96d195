/// Finds a secret in text or bytes: as it is, or in one of the encodings in which secrets leak.
public struct SecretDetector: Sendable {
    /// How a secret was found.
    public enum Form: String, Sendable, CaseIterable {
        /// Byte for byte.
        case exact
        /// In base64, at any alignment: alone or inside something longer that was encoded as a whole.
        case base64
        /// In base64 with the alphabet of URLs, at any alignment.
        case base64URL
        /// In hexadecimal digits, of either case.
        case hexadecimal
        /// With some or all bytes as `%XX`.
        case percentEncoded
    }

    /// The shortest secret that is looked for; shorter ones are in any text by chance.
    public static let minimumLength = 6

    private let exact: [UInt8]
    private let base64: [[UInt8]]
    private let base64URL: [[UInt8]]
    private let hexadecimal: [UInt8]

    /// Prepares the search for `secret`; one that is shorter than ``minimumLength`` is never found.
    public init(_ secret: some Sequence<UInt8>) {
        let bytes = Array(secret)
        let digits = Array("0123456789abcdef".utf8)
        exact = bytes
        base64 = (0..<3).map { Base64Window.encode(bytes, precededBy: $0, alphabet: Base64Window.standard) }
        base64URL = (0..<3).map { Base64Window.encode(bytes, precededBy: $0, alphabet: Base64Window.url) }
        hexadecimal = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// The forms in which the secret is in a text; empty if it is not.
    public func forms(in text: some StringProtocol) -> [Form] {
        forms(in: text.utf8)
    }

    /// The forms in which the secret is among bytes; empty if it is not.
    public func forms(in bytes: some Sequence<UInt8>) -> [Form] {
        guard exact.count >= Self.minimumLength else { return [] }
        let bytes = Array(bytes)
        var forms: [Form] = []
        if ByteSearch.contains(bytes, exact) { forms.append(.exact) }
        // Encoders break long lines.
        let dense = bytes.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 && $0 != 0x09 }
        if base64.contains(where: { ByteSearch.contains(dense, $0) }) { forms.append(.base64) }
        if base64URL != base64, base64URL.contains(where: { ByteSearch.contains(dense, $0) }) {
            forms.append(.base64URL)
        }
        if ByteSearch.contains(dense.map(Self.lowercased), hexadecimal) { forms.append(.hexadecimal) }
        if !forms.contains(.exact), bytes.contains(UInt8(ascii: "%")),
            ByteSearch.contains(Self.percentDecoded(bytes), exact)
        {
            forms.append(.percentEncoded)
        }
        return forms
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    private static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// What base64 makes of bytes in the middle of others.
enum Base64Window {
    static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The characters that depend on `bytes` only, if `count` (0 to 2) bytes beyond a multiple of three come first.
    static func encode(_ bytes: [UInt8], precededBy count: Int, alphabet: [UInt8]) -> [UInt8] {
        let first = (count * 8 + 5) / 6
        let end = (count + bytes.count) * 8 / 6
        guard first < end else { return [] }
        return (first..<end)
            .map { character in
                var sextet: UInt8 = 0
                for bit in character * 6..<character * 6 + 6 {
                    let offset = bit - count * 8
                    sextet = sextet << 1 | bytes[offset / 8] >> (7 - UInt8(offset % 8)) & 1
                }
                return alphabet[Int(sextet)]
            }
    }
}

/// Whether bytes contain other bytes, by Horspool's algorithm.
enum ByteSearch {
    static func contains(_ haystack: [UInt8], _ needle: [UInt8]) -> Bool {
        guard let last = needle.indices.last else { return false }
        guard haystack.count >= needle.count else { return false }
        var skips = [Int](repeating: needle.count, count: 256)
        for index in 0..<last {
            skips[Int(needle[index])] = last - index
        }
        var start = 0
        while start <= haystack.count - needle.count {
            var index = last
            while haystack[start + index] == needle[index] {
                if index == 0 { return true }
                index -= 1
            }
            start += skips[Int(haystack[start + last])]
        }
        return false
    }
}
