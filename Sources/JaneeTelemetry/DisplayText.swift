/// Makes foreign text harmless for terminals and logs.
package enum DisplayText {
    /// The text with control characters (C0, C1, DEL), line and paragraph separators and bidirectional controls
    /// replaced by `\u{…}`, cut after `limit` characters.
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
        // Directional marks, embeddings, overrides and isolates can make a line read as another one.
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension DisplayText {
    /// Several lines, each made harmless; the line breaks between them stay.
    package static func escapedLines(_ text: String) -> String {
        // Scalars, because to Swift a carriage return and a line feed are one character.
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { escaped(String($0)) }
            .joined(separator: "\n")
    }
}
