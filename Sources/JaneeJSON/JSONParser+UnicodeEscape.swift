extension JSONParser {
    /// Reads one `\u` escape, or the two of a surrogate pair; the cursor is at the first `u`.
    mutating func scalar(from backslash: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit(from: backslash)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first) else {
            throw failure(.loneSurrogate, at: backslash)
        }
        let secondBackslash = cursor.position
        guard cursor.skip(UInt8(ascii: "\\")), cursor.current == UInt8(ascii: "u") else {
            throw cursor.isAtEnd ? unexpected() : failure(.loneSurrogate, at: backslash)
        }
        let second = try codeUnit(from: secondBackslash)
        guard UTF16.isTrailSurrogate(second) else {
            throw failure(.loneSurrogate, at: backslash)
        }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    /// Reads four hexadecimal digits after a `u`.
    private mutating func codeUnit(from backslash: Int) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            cursor.advance()
            guard let byte = cursor.current else { throw unexpected() }
            guard let digit = Self.hexadecimalDigit(byte) else { throw failure(.invalidEscape, at: backslash) }
            unit = unit << 4 | UInt16(digit)
        }
        cursor.advance()
        return unit
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
