/// A text as a JSON reader takes the strings in it, with the place that each byte has in the original.
///
/// APIs repeat what they received inside JSON, and encoders differ in what they escape: quotes and backslashes always,
/// slashes often, `+`, `<` or `&` sometimes, everything now and then.
struct EscapedReading {
    /// The text with its escapes resolved.
    let bytes: [UInt8]
    /// For each byte where it starts in the original, and at last where the original ends.
    private let starts: [UInt32]

    /// Reads `original`; nil if nothing is escaped in it, or if it is too long to be counted.
    init?(_ original: [UInt8]) {
        guard original.count < UInt32.max, original.contains(UInt8(ascii: "\\")) else { return nil }
        var bytes: [UInt8] = []
        var starts: [UInt32] = []
        bytes.reserveCapacity(original.count)
        starts.reserveCapacity(original.count + 1)
        var index = 0
        while index < original.count {
            guard original[index] == UInt8(ascii: "\\"), let (scalar, length) = Self.escape(original, index) else {
                bytes.append(original[index])
                starts.append(UInt32(index))
                index += 1
                continue
            }
            for byte in String(Character(scalar)).utf8 {
                bytes.append(byte)
                starts.append(UInt32(index))
            }
            index += length
        }
        guard bytes.count < original.count else { return nil }
        starts.append(UInt32(original.count))
        self.bytes = bytes
        self.starts = starts
    }

    /// Where a range of ``bytes`` stands in the original.
    func original(_ range: Range<Int>) -> Range<Int> {
        Int(starts[range.lowerBound])..<Int(starts[range.upperBound])
    }

    /// The character that an escape stands for, and the length of the escape.
    private static func escape(_ text: [UInt8], _ index: Int) -> (Unicode.Scalar, Int)? {
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
