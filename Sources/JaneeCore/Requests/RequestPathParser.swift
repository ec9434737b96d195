import JaneeSecrets

/// Canonicalises the path of a request, or refuses it.
enum RequestPathParser {
    /// How often a path may be encoded; what is wrapped deeper is an attack on somebody's decoder.
    static let mostEncodings = 4

    /// The canonical form of `bytes`, which start with `/` and hold printable ASCII only.
    static func canonical(_ bytes: ArraySlice<UInt8>) throws(RequestRefusal) -> String {
        guard !bytes.contains(UInt8(ascii: ";")) else {
            throw RequestRefusal("path: ';' is not allowed: servers differ in what they take it for")
        }
        let normalised = try PercentNormaliser.normalise(bytes, keeping: isPathCharacter, in: "path")
        var path: [UInt8] = []
        path.reserveCapacity(normalised.count)
        for byte in normalised where !(byte == UInt8(ascii: "/") && path.last == UInt8(ascii: "/")) {
            path.append(byte)
        }
        for segment in path.split(separator: UInt8(ascii: "/")) {
            try check(segment)
        }
        return String(decoding: path, as: UTF8.self)
    }

    /// Looks at a segment as a server might that decodes once, twice or more, and refuses it if any reading means
    /// another path.
    private static func check(_ segment: ArraySlice<UInt8>) throws(RequestRefusal) {
        var reading = Array(segment)
        for _ in 0...mostEncodings {
            try refuseDots(reading)
            guard let decoded = PercentNormaliser.decode(reading) else { return }
            try refuseSeparators(decoded)
            reading = decoded
        }
        throw RequestRefusal("path: percent-encoded more than \(mostEncodings) times over")
    }

    private static func refuseDots(_ segment: [UInt8]) throws(RequestRefusal) {
        guard let text = String(validating: segment, as: UTF8.self) else { return }
        // Some file systems drop spaces around a name.
        let scalars = text.unicodeScalars.filter { $0 != " " }
        // The full-width and leader forms are dots to software that folds compatibility characters.
        let isDots = scalars.allSatisfy {
            $0 == "." || $0 == "\u{FF0E}" || $0 == "\u{2024}" || $0 == "\u{2025}" || $0 == "\u{FE52}"
        }
        if isDots, (1...2).contains(scalars.count) {
            throw RequestRefusal("path: '.' and '..' segments are not allowed in any encoding")
        }
    }

    private static func refuseSeparators(_ decoded: [UInt8]) throws(RequestRefusal) {
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw RequestRefusal("path: percent-encoded bytes must be UTF-8")
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "/", "\\", ";", "?", "#":
                throw RequestRefusal("path: encoded separators (%2F, %5C, %3B, %3F, %23) are not allowed")
            case _ where separatorLookalikes.contains(scalar):
                throw RequestRefusal("path: characters that other software takes for separators are not allowed")
            default:
                if scalar.properties.generalCategory == .control {
                    throw RequestRefusal("path: encoded control characters are not allowed")
                }
                // Software that drops or folds them sees another name, or a dot segment.
                if scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isWhitespace && scalar != " " {
                    throw RequestRefusal("path: encoded characters that cannot be seen are not allowed")
                }
            }
        }
    }

    /// What becomes or looks like `/`, `\`, `;`, `?`, `#`, `%` or dots where software folds compatibility characters or draws them.
    private static let separatorLookalikes: Set<Unicode.Scalar> = [
        "\u{2044}", "\u{2215}", "\u{2216}", "\u{29F5}", "\u{29F8}", "\u{29F9}", "\u{FF0F}", "\u{FF3C}", "\u{FE68}",
        "\u{FE19}", "\u{FE30}", "\u{FF1F}", "\u{FE56}", "\u{FF03}", "\u{FE5F}",
        "\u{2100}", "\u{2101}", "\u{2105}", "\u{2106}", "\u{037E}", "\u{FE54}", "\u{FF1B}", "\u{FE6A}", "\u{FF05}",
    ]

    /// RFC 3986's `pchar` without `;`, and `/`.
    private static func isPathCharacter(_ byte: UInt8) -> Bool {
        PercentEncoding.isUnreserved(byte) || "/!$&'()*+,=:@".utf8.contains(byte)
    }
}
