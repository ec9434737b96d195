/// An element of an XML document, as the services of AWS that do not speak JSON answer.
///
/// It knows what those answers are made of: elements, text, the five entities of XML and numbers of characters.
/// Attributes are passed over; a document type, which could define more, is refused.
struct XMLElement: Sendable {
    enum Failure: Error {
        case malformed
        /// Deeper, longer or of more elements than any answer.
        case tooLarge
    }

    private static let maximumDepth = 16
    private static let maximumElements = 1000
    private static let maximumBytes = 256 << 10

    /// The name without the prefix of its namespace.
    let name: String
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLElement] = []

    fileprivate init(name: String) {
        self.name = name
    }

    /// Parses a document and gives its outermost element.
    init(parsing bytes: [UInt8]) throws(Failure) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        var parser = Parser(rest: text[...])
        self = try parser.document()
    }

    /// The first child of a name.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The text of the element at a path of names below this one.
    func text(_ path: String...) -> String? {
        var element: XMLElement? = self
        for name in path { element = element?[name] }
        return element?.text
    }

    private struct Parser {
        var rest: Substring
        var elements = 0

        mutating func document() throws(Failure) -> XMLElement {
            if rest.hasPrefix("\u{FEFF}") { rest.removeFirst() }
            if rest.hasPrefix("<?xml") { try skip(past: "?>") }
            skipBlanks()
            while rest.hasPrefix("<!--") {
                try skip(past: "-->")
                skipBlanks()
            }
            let root = try element(depth: 1)
            skipBlanks()
            guard rest.isEmpty else { throw .malformed }
            return root
        }

        private mutating func element(depth: Int) throws(Failure) -> XMLElement {
            elements += 1
            guard depth <= maximumDepth, elements <= maximumElements else { throw .tooLarge }
            guard rest.first == "<", let end = rest.firstIndex(of: ">") else { throw .malformed }
            var tag = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            let isEmpty = tag.last == "/"
            if isEmpty { tag.removeLast() }
            let spelling = tag.prefix { !$0.isWhitespace }
            let attributes = tag[spelling.endIndex...]
            // A bracket in an attribute would have ended the tag too early.
            guard Self.isName(spelling), !attributes.contains("<"),
                attributes.count(where: { $0 == "\"" }).isMultiple(of: 2)
            else { throw .malformed }
            var element = XMLElement(name: String(spelling.split(separator: ":").last ?? spelling))
            if isEmpty { return element }
            while true {
                let text = rest.prefix { $0 != "<" }
                element.text += try Self.decoded(text)
                rest = rest[text.endIndex...]
                if rest.hasPrefix("</") {
                    guard let end = rest.firstIndex(of: ">"),
                        rest[..<end].dropFirst(2).prefix(while: { !$0.isWhitespace }) == spelling
                    else { throw .malformed }
                    rest = rest[rest.index(after: end)...]
                    return element
                }
                if rest.hasPrefix("<!--") {
                    try skip(past: "-->")
                } else {
                    element.children.append(try self.element(depth: depth + 1))
                }
            }
        }

        private mutating func skip(past text: String) throws(Failure) {
            guard let range = rest.firstRange(of: text) else { throw .malformed }
            rest = rest[range.upperBound...]
        }

        private mutating func skipBlanks() {
            rest = rest.drop { $0.isWhitespace }
        }

        private static func isName(_ text: Substring) -> Bool {
            guard let first = text.utf8.first, first | 0x20 >= UInt8(ascii: "a"), first | 0x20 <= UInt8(ascii: "z")
            else {
                return false
            }
            return text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.:".utf8.contains(byte)
            }
        }

        private static func decoded(_ text: Substring) throws(Failure) -> String {
            var parts = text.split(separator: "&", omittingEmptySubsequences: false)
            var result = String(parts.removeFirst())
            for part in parts {
                guard let end = part.firstIndex(of: ";") else { throw .malformed }
                result.unicodeScalars.append(try scalar(part[..<end]))
                result += part[part.index(after: end)...]
            }
            return result
        }

        private static func scalar(_ entity: Substring) throws(Failure) -> Unicode.Scalar {
            switch entity {
            case "lt": return "<"
            case "gt": return ">"
            case "amp": return "&"
            case "quot": return "\""
            case "apos": return "'"
            default: break
            }
            guard entity.hasPrefix("#"), entity.utf8.count <= 8 else { throw .malformed }
            let digits = entity.dropFirst()
            let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            guard let number, let scalar = Unicode.Scalar(number) else { throw .malformed }
            return scalar
        }
    }
}
