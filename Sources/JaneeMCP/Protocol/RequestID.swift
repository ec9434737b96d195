package import JaneeJSON

/// The id of a request, kept exactly: `7` and `"7"` differ, and an integer of any size comes back as it was written.
///
/// Its identity is its JSON text, so two strings are the same id only when they have the same bytes.
package struct RequestID: Sendable {
    /// The longest JSON text of an id that is accepted; every id is kept for as long as its request runs.
    static let maximumEncodedBytes = 1024

    /// The most digits an integer id may have; some readers refuse to read longer ones back.
    static let maximumDigits = 64

    let json: JSONValue

    /// The id as JSON text.
    let encoded: [UInt8]

    /// Takes a string or an integer; anything else, and whatever is too long, is no id.
    package init?(_ value: JSONValue) {
        switch value {
        case .string(let text):
            guard text.utf8.count <= Self.maximumEncodedBytes else { return nil }
        case .number(let number):
            guard number.isInteger, number.literal.utf8.count <= Self.maximumDigits else { return nil }
        default:
            return nil
        }
        var encoded: [UInt8] = []
        value.write(into: &encoded, pretty: false)
        guard encoded.count <= Self.maximumEncodedBytes else { return nil }
        self.json = value
        self.encoded = encoded
    }
}

extension RequestID: Hashable {
    package static func == (left: RequestID, right: RequestID) -> Bool {
        left.encoded == right.encoded
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(encoded)
    }
}

extension RequestID: CustomStringConvertible {
    /// A short form for logs: printable ASCII only, and cut off where it gets long.
    package var description: String {
        let longest = 48
        let shown = encoded.prefix(longest).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: shown, as: UTF8.self) + (encoded.count > longest ? "..." : "")
    }
}
