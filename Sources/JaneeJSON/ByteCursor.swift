/// A place in a run of bytes that moves forward only.
///
/// All reading of foreign memory goes through it and `WordScan`, and every read is checked against the end.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool {
        position >= bytes.count
    }

    /// The byte at the place, or nil at the end.
    var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    /// Moves past the current byte; at the end it stays.
    mutating func advance() {
        position = min(position + 1, bytes.count)
    }

    /// Moves past the byte if it is the current one.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    mutating func skipWhitespace() {
        while let byte = current, byte <= 0x20 {
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    /// Moves to the next byte that ends a string, begins an escape, must not be in a string or is not ASCII.
    mutating func skipPlainText() {
        position = WordScan.firstNotPlain(in: bytes, from: position)
    }

    /// Moves past a character of two to four bytes, or stays and answers false when they are not valid UTF-8.
    ///
    /// The second byte's range depends on the first: it keeps out overlong forms, surrogates and what is beyond
    /// U+10FFFF.
    mutating func skipMultibyteCharacter() -> Bool {
        guard let first = current else { return false }
        let length: Int
        let second: ClosedRange<UInt8>
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return false
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return false }
        for offset in 2..<length where bytes[position + offset] & 0xC0 != 0x80 {
            return false
        }
        position += length
        return true
    }

    /// The bytes from an earlier place up to the current one.
    func bytes(from start: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }
}
