/// A JSON number, kept as the text it was written with.
///
/// Nothing is rounded until somebody asks for a machine number, so a 64-bit identifier or a long decimal passes through
/// unchanged. Equality is that of the literals: `1`, `1.0` and `1e0` differ.
package struct JSONNumber: Sendable, Hashable {
    package let literal: String

    /// Takes a literal that follows the grammar of RFC 8259, and nothing else.
    package init?(literal: String) {
        var text = literal
        let isNumber = text.withUTF8 { utf8 in
            var cursor = ByteCursor(UnsafeRawBufferPointer(utf8))
            return cursor.skipNumber() && cursor.isAtEnd
        }
        guard isNumber else { return nil }
        self.literal = text
    }

    package init(_ value: some BinaryInteger) {
        literal = String(value)
    }

    /// Takes a finite number; its literal is the shortest one that reads back as the same number.
    package init?(_ value: Double) {
        guard value.isFinite else { return nil }
        literal = value.description
    }

    /// Takes a literal the parser has already checked.
    init(checkedLiteral: String) {
        literal = checkedLiteral
    }

    /// Whether the literal has neither a fraction nor an exponent.
    package var isInteger: Bool {
        !literal.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }
    }

    /// The exact value, or nil when this is not an integer literal or does not fit.
    package var int: Int? {
        Int(literal)
    }

    /// The nearest `Double`, or nil when the number is beyond its range; a number too small becomes zero.
    package var double: Double? {
        guard let value = Double(literal), value.isFinite else { return nil }
        return value
    }
}
