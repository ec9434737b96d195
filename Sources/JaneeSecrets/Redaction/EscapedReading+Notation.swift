extension EscapedReading.Notation {
    /// Whether an escape may begin with this byte.
    func begins(_ byte: UInt8) -> Bool {
        switch self {
        case .json, .display: byte == UInt8(ascii: "\\")
        case .percent: byte == UInt8(ascii: "%")
        case .lineBreaks: byte == 0x0A || byte == 0x0D
        }
    }

    /// The bytes that an escape stands for, and the length of the escape; nil if it is none.
    func escape(_ text: [UInt8], _ index: Int) -> ([UInt8], Int)? {
        switch self {
        case .json: Self.scalar(text, index).map { (Array(String(Character($0)).utf8), $1) }
        case .display:
            (Self.scalar(text, index) ?? Self.braced(text, index)).map { (Array(String(Character($0)).utf8), $1) }
        case .percent: Self.octet(text, index).map { ([$0], 3) }
        case .lineBreaks: ([], 1)
        }
    }

    /// The byte of `%XX`.
    private static func octet(_ text: [UInt8], _ index: Int) -> UInt8? {
        guard index + 2 < text.count, let high = PercentEncoding.hexDigit(text[index + 1]),
            let low = PercentEncoding.hexDigit(text[index + 2])
        else { return nil }
        return high << 4 | low
    }

    /// The character of `\u{…}`, and the length of the escape.
    private static func braced(_ text: [UInt8], _ index: Int) -> (Unicode.Scalar, Int)? {
        guard index + 3 < text.count, text[index + 1] == UInt8(ascii: "u"), text[index + 2] == UInt8(ascii: "{")
        else { return nil }
        let digits = text[(index + 3)...].prefix(8).prefix { PercentEncoding.hexDigit($0) != nil }
        let value = digits.reduce(UInt64(0)) { $0 << 4 | UInt64(PercentEncoding.hexDigit($1) ?? 0) }
        guard !digits.isEmpty, digits.endIndex < text.count, text[digits.endIndex] == UInt8(ascii: "}"),
            let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init)
        else { return nil }
        return (scalar, digits.endIndex + 1 - index)
    }

    /// The character that an escape stands for, and the length of the escape.
    private static func scalar(_ text: [UInt8], _ index: Int) -> (Unicode.Scalar, Int)? {
        guard index + 1 < text.count else { return nil }
        switch text[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "'"):
            return (Unicode.Scalar(text[index + 1]), 2)
        case UInt8(ascii: "n"): return ("\n", 2)
        case UInt8(ascii: "r"): return ("\r", 2)
        case UInt8(ascii: "t"): return ("\t", 2)
        case UInt8(ascii: "b"): return ("\u{8}", 2)
        case UInt8(ascii: "f"): return ("\u{C}", 2)
        case UInt8(ascii: "u"):
            guard let unit = unit(text, index + 2) else { return nil }
            if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
            // The first half of a pair needs the second one.
            guard (0xD800...0xDBFF).contains(unit), index + 7 < text.count, text[index + 6] == UInt8(ascii: "\\"),
                text[index + 7] == UInt8(ascii: "u"), let low = Self.unit(text, index + 8),
                (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            else { return nil }
            return (scalar, 12)
        default: return nil
        }
    }

    private static func unit(_ text: [UInt8], _ index: Int) -> UInt16? {
        guard index + 4 <= text.count else { return nil }
        var unit: UInt16 = 0
        for byte in text[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
