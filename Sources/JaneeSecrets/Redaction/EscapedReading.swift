/// A text as a reader takes it that resolves its escapes, with the place that each byte has in the original.
///
/// APIs repeat what they received inside JSON, and encoders differ in what they escape: quotes and backslashes always,
/// slashes often, `+`, `<` or `&` sometimes, everything now and then.
package struct EscapedReading: Sendable {
    /// How the text is escaped.
    package enum Notation: Sendable {
        /// As in the strings of JSON.
        case json
        /// As in the strings of JSON, or as `\u{…}`, which logs and terminals are shown.
        case display
        /// `%XX`, as in URLs.
        case percent
        /// With line breaks in it that mean nothing, as in long base64.
        case lineBreaks
    }

    /// The text with its escapes resolved.
    package let bytes: [UInt8]
    /// For each byte where it starts in the original, and at last where the original ends.
    private let starts: [UInt32]
    package let notation: Notation

    /// Reads `original`; nil if nothing is escaped in it, or if it is too long to be counted.
    package init?(_ original: [UInt8], _ notation: Notation = .json) {
        guard original.count < UInt32.max, original.contains(where: notation.begins) else { return nil }
        var bytes: [UInt8] = []
        var starts: [UInt32] = []
        bytes.reserveCapacity(original.count)
        starts.reserveCapacity(original.count + 1)
        var index = 0
        while index < original.count {
            guard notation.begins(original[index]), let (meant, length) = notation.escape(original, index) else {
                bytes.append(original[index])
                starts.append(UInt32(index))
                index += 1
                continue
            }
            for byte in meant {
                bytes.append(byte)
                starts.append(UInt32(index))
            }
            index += length
        }
        guard bytes.count < original.count else { return nil }
        starts.append(UInt32(original.count))
        self.bytes = bytes
        self.starts = starts
        self.notation = notation
    }

    /// Where a range of ``bytes`` stands in the original.
    package func original(_ range: Range<Int>) -> Range<Int> {
        let start = Int(starts[range.lowerBound])
        // Line breaks stand for nothing, so those behind the range are none of it.
        if notation == .lineBreaks, !range.isEmpty { return start..<Int(starts[range.upperBound - 1]) + 1 }
        return start..<Int(starts[range.upperBound])
    }
}
