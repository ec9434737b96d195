/// Percent-encoding of RFC 3986, section 2, shared by secret paths and upstream URLs.
public enum PercentEncoding {
    /// Whether `byte` is one of RFC 3986's unreserved characters.
    public static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    /// The value of an ASCII hexadecimal digit, or nil.
    public static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Appends `%XX` with upper-case digits.
    public static func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        output.append(UInt8(ascii: "%"))
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
    }

    /// Encodes everything but unreserved characters, so that the result is one path segment on any wire.
    public static func encodeSegment(_ text: String) -> String {
        if text.utf8.allSatisfy(isUnreserved) { return text }
        var output: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) { output.append(byte) } else { appendEscape(of: byte, to: &output) }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
