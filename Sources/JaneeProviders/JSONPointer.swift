import JaneeJSON
import JaneeSecrets

/// The way to a value inside of a JSON document (RFC 6901).
struct JSONPointer: Sendable {
    private let tokens: [String]

    /// - Throws: `INVALID_SECRET_URI` if the text is none that begins with a slash.
    init(_ text: String) throws(SecretError) {
        var tokens: [String] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            var token = ""
            var rest = part[...]
            while let tilde = rest.firstIndex(of: "~") {
                token += rest[..<tilde]
                rest = rest[rest.index(after: tilde)...]
                switch rest.popFirst() {
                case "0": token += "~"
                case "1": token += "/"
                default:
                    throw SecretError(
                        .invalidSecretURI,
                        "the field is no JSON pointer: '~' stands before 0 (for '~') or 1 (for '/') only"
                    )
                }
            }
            tokens.append(token + rest)
        }
        self.tokens = tokens
    }

    /// The value in a document; nil if there is none.
    func value(in document: JSONValue) -> JSONValue? {
        var value = document
        for token in tokens {
            if let array = value.arrayValue {
                // Without signs and leading zeros, as the RFC has it.
                guard let index = Int(token), String(index) == token, array.indices.contains(index) else { return nil }
                value = array[index]
            } else {
                guard let member = value[token] else { return nil }
                value = member
            }
        }
        return value
    }
}
