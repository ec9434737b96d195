import JaneeSecrets

/// The forms in which a value is looked for.
///
/// What escapes single characters (JSON, percent signs) is not among them: a text is read without its escapes instead,
/// so that it does not matter which of them an encoder uses.
enum ValueForms {
    /// Shorter values are not looked for: they are in ordinary words by chance, and would hide more than they show.
    static let minimumLength = 6
    /// Shorter encodings would match ordinary text.
    private static let minimumEncodedLength = 8
    /// From a value of several lines (a PEM file) also single lines leak, if they are long enough to mean something.
    private static let minimumLineLength = 16
    private static let mostLines = 64
    /// No credential is longer; of what is, encodings would cost more than they are worth.
    static let longestEncoded = 16 * 1024

    /// All forms, the value itself first; none for a value that is too short.
    static func of(_ value: SecretValue) -> [SecretValue] {
        guard value.count >= minimumLength else { return [] }
        guard value.count <= longestEncoded else { return [value] + value.withBytes { exact(in: $0) } }
        let cores = value.base64Cores(minimumLength: minimumEncodedLength)
        return [value] + cores + value.withBytes { exact(in: $0) + hexadecimal(of: $0) }
    }

    /// What is looked for as it is, beside the value.
    private static func exact(in bytes: UnsafeRawBufferPointer) -> [SecretValue] {
        var forms: [SecretValue] = []
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
        let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        if end - start >= minimumLength, end - start < bytes.count { forms.append(SecretValue(bytes[start..<end])) }
        // Forms of web pages have a plus sign for a space.
        if bytes.contains(0x20) { forms.append(SecretValue(bytes.map { $0 == 0x20 ? UInt8(ascii: "+") : $0 })) }
        let lines = bytes.split(maxSplits: mostLines) { $0 == 0x0A || $0 == 0x0D }
        guard lines.count > 1 else { return forms }
        for line in lines.prefix(mostLines) where line.count >= minimumLineLength && !line.starts(with: "-----".utf8) {
            forms.append(SecretValue(line))
        }
        return forms
    }

    private static func hexadecimal(of bytes: UnsafeRawBufferPointer) -> [SecretValue] {
        ["0123456789abcdef", "0123456789ABCDEF"]
            .map { digits in
                let digits = Array(digits.utf8)
                var text: [UInt8] = []
                text.reserveCapacity(bytes.count * 2)
                for byte in bytes {
                    text.append(digits[Int(byte >> 4)])
                    text.append(digits[Int(byte & 15)])
                }
                return SecretValue(text)
            }
    }
}
