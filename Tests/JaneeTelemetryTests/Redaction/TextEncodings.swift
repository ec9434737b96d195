/// Encoders of these tests' own, which share nothing with the code under test.
enum TextEncodings {
    static func base64(_ bytes: [UInt8], last: String = "+/", padding: Bool = true) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = Array(bytes[start..<min(start + 3, bytes.count)])
            let bits = (group + [0, 0]).prefix(3).reduce(0) { $0 << 8 | Int($1) }
            for position in 0..<4 where position <= group.count {
                output.append(alphabet[bits >> (18 - 6 * position) & 63])
            }
            if padding { output += repeatElement(UInt8(ascii: "="), count: 3 - group.count) }
        }
        return output
    }

    static func hexadecimal(_ bytes: [UInt8], _ digits: String) -> [UInt8] {
        let digits = Array(digits.utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    static func percent(_ bytes: [UInt8], _ digits: String = "0123456789ABCDEF", all: Bool = false) -> [UInt8] {
        bytes.flatMap { byte in
            let isPlain =
                byte < 0x80 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber)
            return isPlain && !all ? [byte] : [UInt8(ascii: "%")] + hexadecimal([byte], digits)
        }
    }

    /// What stands between the quotes of a JSON string.
    static func json(_ bytes: [UInt8], all: Bool = false) -> [UInt8] {
        String(decoding: bytes, as: UTF8.self).utf16
            .flatMap { unit -> [UInt8] in
                let isPlain = unit >= 0x20 && unit < 0x7F && unit != 0x22 && unit != 0x5C
                if isPlain, !all { return [UInt8(unit)] }
                let digits = String(unit, radix: 16)
                return Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            }
    }

    /// With a line break after every `length` characters.
    static func broken(_ bytes: [UInt8], every length: Int) -> [UInt8] {
        bytes.enumerated().flatMap { $0 > 0 && $0 % length == 0 ? [0x0D, 0x0A, $1] : [$1] }
    }
}
