/// How long a text in a record may become; together the limits keep a line within 64 KiB.
struct AuditTextLimit {
    static let name = AuditTextLimit(encodedBytes: 256)
    static let explanation = AuditTextLimit(encodedBytes: 1536)
    static let reason = AuditTextLimit(encodedBytes: 4096)

    /// Longer than any path that is ever sent.
    static let path = AuditTextLimit(encodedBytes: 9216)

    /// As Janee 0.16 cuts bodies, but never more than half a line, however many escapes it takes to write one.
    static let body = AuditTextLimit(encodedBytes: 32_768, utf16Units: 10_240)

    static let detailName = AuditTextLimit(encodedBytes: 64)
    static let detail = AuditTextLimit(encodedBytes: 512)
    static let mostDetails = 12

    private let encodedBytes: Int
    private let utf16Units: Int

    private init(encodedBytes: Int, utf16Units: Int = .max) {
        self.encodedBytes = encodedBytes
        self.utf16Units = utf16Units
    }

    /// The text, or its beginning with a marker that tells the length it had in UTF-16 units.
    func apply(to text: String) -> String {
        // No byte takes more than six in JSON, and no UTF-16 unit is less than a byte.
        let count = text.utf8.count
        if count <= min(encodedBytes / 6, utf16Units) { return text }
        var encoded = 0
        var units = 0
        var end = text.unicodeScalars.startIndex
        for index in text.unicodeScalars.indices {
            let scalar = text.unicodeScalars[index]
            encoded += Self.encodedCount(scalar)
            units += UTF16.width(scalar)
            if encoded > encodedBytes || units > utf16Units {
                return String(text[..<end]) + "... [truncated, original length: \(text.utf16.count)]"
            }
            end = text.unicodeScalars.index(after: index)
        }
        return text
    }

    private static func encodedCount(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0..<0x20, 0x7F, 0x2028, 0x2029: 6
        case 0x22, 0x5C: 2
        default: UTF8.width(scalar)
        }
    }
}
