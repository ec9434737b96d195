import JaneeSecrets

/// Canonicalises the query of a request, or refuses it.
enum RequestQueryParser {
    static func canonical(_ bytes: ArraySlice<UInt8>) throws(RequestRefusal) -> String {
        guard !bytes.contains(UInt8(ascii: ";")) else {
            throw RequestRefusal(
                "path: ';' is not allowed in the query: some servers split parameters at it; write %3B"
            )
        }
        let query = try PercentNormaliser.normalise(bytes, keeping: isQueryCharacter, in: "query")
        guard let decoded = String(validating: PercentNormaliser.decode(query) ?? query, as: UTF8.self) else {
            throw RequestRefusal("path: percent-encoded bytes in the query must be UTF-8")
        }
        guard !decoded.unicodeScalars.contains(where: isForbiddenControl) else {
            throw RequestRefusal("path: encoded control characters are not allowed in the query")
        }
        try MethodOverride.refuse(inParameters: query)
        return String(decoding: query, as: UTF8.self)
    }

    /// Line breaks and tabs are ordinary data in a query once they are encoded; NUL and the rest are not.
    private static func isForbiddenControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\r" && scalar != "\t"
    }

    /// RFC 3986's `query` without `;`.
    private static func isQueryCharacter(_ byte: UInt8) -> Bool {
        PercentEncoding.isUnreserved(byte) || "/!$&'()*+,=:@?".utf8.contains(byte)
    }
}
