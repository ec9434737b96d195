import JaneeJSON

/// Writes JSON as Go's encoder does, whose maps are sorted and which escapes what HTML minds.
enum GoJSON {
    static func write(_ value: JSONValue, into output: inout [UInt8]) {
        switch value {
        case .string(let text):
            writeString(text, into: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                write(element, into: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            for (index, member) in object.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                writeString(member.key, into: &output)
                output.append(UInt8(ascii: ":"))
                write(member.value, into: &output)
            }
            output.append(UInt8(ascii: "}"))
        case .null, .bool, .number:
            value.write(into: &output)
        }
    }

    /// The value with the members of all objects in the order of their keys.
    static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let object): .object(sorted(object))
        default: value
        }
    }

    static func sorted(_ object: JSONObject) -> JSONObject {
        let members = object.map { (key: $0.key, value: sorted($0.value)) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return JSONObject(members.map { ($0.key, $0.value) })
    }

    static func writeString(_ text: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            // Written out by hand: this is most of the work of a double, which runs without optimisation.
            var index = 0
            while index < bytes.count {
                if isPlain[Int(bytes[index])] {
                    index += 1
                } else if let escape = escape(bytes[index], bytes, index) {
                    output.append(contentsOf: bytes[written..<index])
                    output.append(contentsOf: escape.text.utf8)
                    index += escape.length
                    written = index
                } else {
                    index += 1
                }
            }
            output.append(contentsOf: bytes[written...])
        }
        output.append(UInt8(ascii: "\""))
    }

    /// The bytes that never begin what has to be escaped.
    private static let isPlain: [Bool] = (0...255)
        .map { byte in
            byte >= 0x20 && byte != 0xE2 && !"\"\\<>&".utf8.contains(UInt8(byte))
        }

    /// What stands for the character that begins here, and how many bytes that takes the place of.
    private static func escape(
        _ byte: UInt8,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ index: Int
    ) -> (text: String, length: Int)? {
        switch byte {
        case UInt8(ascii: "\""): return ("\\\"", 1)
        case UInt8(ascii: "\\"): return ("\\\\", 1)
        case 0x0A: return ("\\n", 1)
        case 0x0D: return ("\\r", 1)
        case 0x09: return ("\\t", 1)
        case 0x00..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
            let digits = String(byte, radix: 16)
            return ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits, 1)
        case 0xE2 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && bytes[index + 2] & 0xFE == 0xA8:
            return (bytes[index + 2] == 0xA8 ? "\\u2028" : "\\u2029", 3)
        default:
            return nil
        }
    }
}
