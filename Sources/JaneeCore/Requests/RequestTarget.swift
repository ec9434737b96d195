import JaneeSecrets

/// The path below a service's base path, and the query, in the one form that rules, wire and audit see.
///
/// What could mean something else to another parser is refused; the rest is canonicalised once: duplicate slashes are
/// collapsed, escapes of unreserved characters decoded, hexadecimal digits written in upper case, and characters that
/// RFC 3986 does not allow encoded.
package struct RequestTarget: Sendable, Hashable {
    /// The longest path with query an agent may name, in bytes.
    package static let maximumLength = 8 * 1024

    /// The canonical path; begins with `/`.
    package let path: String
    /// The canonical query without its `?`; nil for none.
    package let query: String?

    /// Parses what an agent wrote.
    package init(parsing text: String) throws(RequestRefusal) {
        let bytes = Array(text.utf8)
        try Self.refuseLength(bytes.count)
        try Self.refuseForeignCharacters(bytes)
        guard bytes.first == UInt8(ascii: "/") else {
            throw RequestRefusal("path: must start with '/', be relative to the service and hold no scheme or host")
        }
        guard bytes.count < 2 || bytes[1] != UInt8(ascii: "/") else {
            throw RequestRefusal("path: must not start with '//', which would name another host")
        }
        let mark = bytes.firstIndex(of: UInt8(ascii: "?"))
        path = try RequestPathParser.canonical(bytes[..<(mark ?? bytes.endIndex)])
        if let mark, mark + 1 < bytes.endIndex {
            query = try RequestQueryParser.canonical(bytes[(mark + 1)...])
        } else {
            query = nil
        }
        // Encoding makes a text longer.
        try Self.refuseLength(path.utf8.count + (query.map { $0.utf8.count + 1 } ?? 0))
    }

    /// Path and query as they go over the wire, below the base path.
    package var text: String {
        query.map { "\(path)?\($0)" } ?? path
    }

    private static func refuseLength(_ count: Int) throws(RequestRefusal) {
        guard count <= maximumLength else { throw RequestRefusal("path: longer than \(maximumLength) bytes") }
    }

    private static func refuseForeignCharacters(_ bytes: [UInt8]) throws(RequestRefusal) {
        for byte in bytes {
            switch byte {
            case 0x00...0x1F, 0x7F: throw RequestRefusal("path: control characters are not allowed")
            case 0x20: throw RequestRefusal("path: spaces are not allowed; write %20")
            case 0x80...: throw RequestRefusal("path: only ASCII is allowed; percent-encode other characters as UTF-8")
            case UInt8(ascii: "\\"): throw RequestRefusal("path: backslashes are not allowed")
            case UInt8(ascii: "#"):
                throw RequestRefusal("path: fragments ('#') are not allowed; write %23 for the character")
            default: continue
            }
        }
    }
}
