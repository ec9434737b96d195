/// Makes foreign text harmless for terminals and logs.
package enum DisplayText {
    /// The text with control characters (C0, C1, DEL), line and paragraph separators and format characters (bidirectional
    /// controls, zero-width and tag characters) replaced by `\u{…}`, cut after `limit` characters.
    package static func escaped(_ text: String, limit: Int = 4096) -> String {
        var output = ""
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            if count > limit { return output + "…" }
            if isHarmful(scalar) {
                output += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0x2028, 0x2029: true
        // Joiners belong to ordinary letters and emoji.
        case 0x200C, 0x200D: false
        // Directional controls make a line read as another one, others cannot be seen at all.
        default: scalar.properties.generalCategory == .format
        }
    }
}

extension DisplayText {
    /// JSON with the same characters escaped as JSON does it; they occur inside its strings only.
    package static func escapedJSON(_ json: String) -> String {
        var output = ""
        for scalar in json.unicodeScalars {
            // Line feeds are between the lines; in strings JSON has escaped them.
            guard scalar != "\n", isHarmful(scalar) else {
                output.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return output
    }

    /// Several lines, each made harmless; the line breaks between them stay.
    package static func escapedLines(_ text: String) -> String {
        // Scalars, because to Swift a carriage return and a line feed are one character.
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { escaped(String($0)) }
            .joined(separator: "\n")
    }
}
