/// Writes JSON as bytes, at the end of what is there already.
package enum JSONWriter {
    /// Writes a string with its quotes.
    ///
    /// Beyond what RFC 8259 asks for it escapes DEL, U+2028 and U+2029, which terminals and line-minded readers mistake
    /// for more than text. Everything else outside ASCII stays as it is.
    package static func appendString(_ string: String, into output: inout [UInt8]) {
        var string = string
        string.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            output.append(UInt8(ascii: "\""))
            var written = 0
            var index = WordScan.firstToEscape(in: bytes, from: 0)
            while index < bytes.count {
                let length = escapedLength(bytes, at: index)
                if length > 0 {
                    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[written..<index]))
                    appendEscape(bytes, at: index, into: &output)
                    written = index + length
                }
                index = WordScan.firstToEscape(in: bytes, from: index + max(length, 1))
            }
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[written...]))
            output.append(UInt8(ascii: "\""))
        }
    }

    /// How many bytes an escape stands for here; none for a character that merely begins like U+2028.
    private static func escapedLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
        guard bytes[index] == 0xE2 else { return 1 }
        guard index + 2 < bytes.count, bytes[index + 1] == 0x80, bytes[index + 2] & 0xFE == 0xA8 else { return 0 }
        return 3
    }

    private static func appendEscape(
        _ bytes: UnsafeRawBufferPointer,
        at index: Int,
        into output: inout [UInt8]
    ) {
        output.append(UInt8(ascii: "\\"))
        switch bytes[index] {
        case UInt8(ascii: "\""): output.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): output.append(UInt8(ascii: "\\"))
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case 0xE2: output.append(contentsOf: (bytes[index + 2] == 0xA8 ? "u2028" : "u2029").utf8)
        case let byte:
            output.append(contentsOf: "u00".utf8)
            output.append(hexadecimalDigit(byte >> 4))
            output.append(hexadecimalDigit(byte & 0x0F))
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
