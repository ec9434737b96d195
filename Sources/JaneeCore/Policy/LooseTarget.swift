/// A request as deny rules see it: everything that a server may take its path and query for.
///
/// Servers decode escapes that RFC 3986 keeps apart, some decode more than once, some make no difference between upper
/// and lower case, and many drop a slash at the end. A rule that forbids must hold for all of them.
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
        paths = path.count > 1 && path.last == UInt8(ascii: "/") ? [path, path.dropLast()] : [path]
        parameters = Self.parameters(target.query ?? "")
        text = target.query.map { path + [UInt8(ascii: "?")] + Self.reading(Array($0.utf8)) } ?? path
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
        return reading.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
