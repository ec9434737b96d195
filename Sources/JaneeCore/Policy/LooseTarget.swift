/// A request as deny rules see it: everything that a server may take its path and query for.
///
/// Servers decode escapes that RFC 3986 keeps apart, some decode more than once, some make no difference between upper
/// and lower case or between full-width and ordinary letters, some drop spaces and dots at the end of a name, and many
/// drop a slash at the end. A rule that forbids must hold for all of them.
struct LooseTarget {
    let target: RequestTarget
    /// The path, and the path without a slash at its end.
    let paths: [[UInt8]]
    let parameters: [[UInt8]]
    /// Path and query together.
    let text: [UInt8]

    init(_ target: RequestTarget) {
        self.target = target
        let path = Self.reading(Array(target.path.utf8))
        paths = Self.endings(of: path)
        parameters = Self.parameters(target.query ?? "")
        text = target.query.map { path + [UInt8(ascii: "?")] + Self.reading(Array($0.utf8)) } ?? path
    }

    /// The path, and what is left of it without a slash at its end and without spaces and dots at the ends of names.
    private static func endings(of path: [UInt8]) -> [[UInt8]] {
        var found = [path]
        let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let trimmed = segments.map { segment in
            var end = segment.endIndex
            while end > segment.startIndex, segment[end - 1] == 0x20 || segment[end - 1] == UInt8(ascii: ".") {
                end -= 1
            }
            return segment[..<end]
        }
        let bare = Array(trimmed.joined(separator: [UInt8(ascii: "/")]))
        if bare != path { found.append(bare) }
        for path in found where path.count > 1 && path.last == UInt8(ascii: "/") { found.append(path.dropLast()) }
        return found
    }

    /// The parameters of a query, which servers read in any order.
    private static func parameters(_ query: String) -> [[UInt8]] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { reading(Array($0)) }
    }

    /// A text with all escapes decoded, escapes of escapes too, in lower case.
    static func reading(_ bytes: [UInt8]) -> [UInt8] {
        var reading = bytes
        for _ in 0..<RequestPathParser.mostEncodings {
            guard let decoded = PercentNormaliser.decode(reading) else { break }
            reading = decoded
        }
        let isASCII = reading.allSatisfy { $0 < 0x80 }
        guard !isASCII, let text = String(validating: reading, as: UTF8.self) else {
            return reading.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        }
        var folded = ""
        for scalar in text.unicodeScalars {
            // The full-width forms of ASCII lie together, in the same order.
            let isFullWidth = (0xFF01...0xFF5E).contains(scalar.value)
            let plain = isFullWidth ? Unicode.Scalar(UInt8(scalar.value - 0xFEE0)) : scalar
            folded += plain == "\u{17F}" ? "s" : plain.properties.lowercaseMapping
        }
        return Array(folded.utf8)
    }
}
