/// The base path of an ``EndpointURL`` in its one canonical spelling.
enum EndpointPath {
    /// Canonicalizes a `text` that is empty or begins with `/`; the result is empty or does not end with `/`.
    ///
    /// What servers are known to read in two ways is refused rather than normalised: `.` and `..` segments, `//`,
    /// parameters, and slashes or control characters behind a percent sign.
    static func canonical(_ text: ArraySlice<UInt8>) throws(EndpointURLError) -> String {
        let slash = UInt8(ascii: "/")
        guard text.count > 1 else { return "" }
        let body = text.last == slash ? text.dropFirst().dropLast() : text.dropFirst()
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        for segment in body.split(separator: slash, omittingEmptySubsequences: false) {
            guard !segment.isEmpty else { throw .emptyPathSegment }
            let canonical = try canonicalSegment(segment)
            guard canonical.contains(where: { $0 != UInt8(ascii: ".") }) else { throw .dotSegment }
            output.append(slash)
            output += canonical
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func canonicalSegment(_ segment: ArraySlice<UInt8>) throws(EndpointURLError) -> [UInt8] {
        var output: [UInt8] = []
        var rest = segment
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"): try output += escape(from: &rest)
            case UInt8(ascii: ";"): throw .pathParameter
            case _ where isUnreserved(byte) || isPlainReserved(byte): output.append(byte)
            default: throw .pathCharacter
            }
        }
        guard !holdsC1Control(output) else { throw .forbiddenEscape }
        return output
    }

    /// Reads the two digits of an escape: unreserved characters are decoded, the digits of others become upper case.
    private static func escape(from rest: inout ArraySlice<UInt8>) throws(EndpointURLError) -> [UInt8] {
        let digits = rest.prefix(2)
        let nibbles = digits.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard nibbles.count == 2 else { throw .invalidEscape }
        rest = rest.dropFirst(2)
        let byte = UInt8(nibbles[0] << 4 | nibbles[1])
        switch byte {
        case 0x00...0x1F, 0x7F, UInt8(ascii: "/"), UInt8(ascii: "\\"): throw .forbiddenEscape
        case _ where isUnreserved(byte): return [byte]
        default: return [UInt8(ascii: "%")] + digits.map { $0 >= UInt8(ascii: "a") ? $0 & ~0x20 : $0 }
        }
    }

    /// Whether a canonical segment holds U+0080 to U+009F; in UTF-8, C2 begins a character wherever it occurs.
    private static func holdsC1Control(_ segment: [UInt8]) -> Bool {
        let text = String(decoding: segment, as: UTF8.self)
        return text.contains("%C2%8") || text.contains("%C2%9")
    }

    /// `unreserved` of RFC 3986, section 2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    /// The other characters that a segment may hold as they are (`pchar` of RFC 3986), but for `;`.
    private static func isPlainReserved(_ byte: UInt8) -> Bool {
        "!$&'()*+,=:@".utf8.contains(byte)
    }
}
