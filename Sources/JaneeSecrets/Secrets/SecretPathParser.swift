/// The `secret-path` production of RFC 0005, step by step.
enum SecretPathParser {
    static func segments(of text: some StringProtocol) throws(SecretError) -> [String] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.utf8.count)
        var bytes = text.utf8.makeIterator()
        var position = 0
        while let byte = bytes.next() {
            position += 1
            if byte == UInt8(ascii: "%") {
                guard let high = bytes.next().flatMap(PercentEncoding.hexDigit),
                    let low = bytes.next().flatMap(PercentEncoding.hexDigit)
                else { throw refused("invalid percent-encoding at character \(position)") }
                position += 2
                decoded.append(high << 4 | low)
            } else if PercentEncoding.isUnreserved(byte) || byte == UInt8(ascii: "/") {
                decoded.append(byte)
            } else {
                throw refused(complaint(about: byte, at: position))
            }
        }
        guard let path = String(validating: decoded, as: UTF8.self) else {
            throw refused("percent-encoded bytes are not UTF-8")
        }
        let scalars = path.unicodeScalars
        guard !scalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw refused("control characters are not allowed")
        }
        let segments = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        guard !segments.isEmpty else { throw refused("the path is empty") }
        for segment in segments {
            if segment == ".." || segment == "." { throw refused("'.' and '..' segments are not allowed") }
            if segment.utf8.contains(UInt8(ascii: "\\")) { throw refused("backslashes are not allowed") }
        }
        let length = segments.reduce(segments.count - 1) { $0 + $1.unicodeScalars.count }
        guard length <= SecretReference.maximumPathLength else {
            throw refused("the path has \(length) characters, at most \(SecretReference.maximumPathLength) are allowed")
        }
        return segments
    }

    private static func complaint(about byte: UInt8, at position: Int) -> String {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: ":"):
            let character = Character(Unicode.Scalar(byte))
            return "'\(character)' at character \(position) is not allowed; "
                + "to name a field or a version use the form { provider: …, path: …, field: …, version: … }"
        default:
            return
                "character \(position) is not allowed; percent-encode everything but letters, digits, '-', '.', '_', '~' and '/'"
        }
    }

    private static func refused(_ reason: String) -> SecretError {
        SecretError(.invalidSecretURI, "Invalid secret reference: \(reason)")
    }
}
