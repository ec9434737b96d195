/// Cuts the text of an ``EndpointURL`` into its parts.
enum EndpointScanner {
    /// Refuses what may stand nowhere in the text; returns the scheme and everything after `://`.
    static func scheme(
        of text: String
    ) throws(EndpointURLError) -> (EndpointURL.Scheme, ArraySlice<UInt8>) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= EndpointURL.maximumLength else { throw .tooLong }
        let bytes = Array(text.utf8)
        for byte in bytes {
            switch byte {
            case 0x00...0x20, 0x7F: throw .whitespaceOrControl
            case 0x80...0xFF: throw .nonASCII
            case UInt8(ascii: "\\"): throw .backslash
            default: break
            }
        }
        for scheme in [EndpointURL.Scheme.https, .http] {
            let prefix = Array("\(scheme.rawValue)://".utf8)
            if bytes.prefix(prefix.count).map(ASCIILetters.lowercased) == prefix {
                let rest = bytes[prefix.count...]
                guard !rest.contains(UInt8(ascii: "#")) else { throw .fragment }
                guard !rest.contains(UInt8(ascii: "?")) else { throw .query }
                return (scheme, rest)
            }
        }
        throw .unsupportedScheme
    }

    /// Separates the host, still in its brackets if it has them, from the digits of the port.
    static func splitAuthority(
        _ authority: ArraySlice<UInt8>
    ) throws(EndpointURLError) -> (host: ArraySlice<UInt8>, port: ArraySlice<UInt8>?) {
        let colon = UInt8(ascii: ":")
        guard !authority.contains(UInt8(ascii: "@")) else { throw .userInfo }
        var hostEnd = authority.firstIndex(of: colon) ?? authority.endIndex
        if authority.first == UInt8(ascii: "[") {
            guard let bracket = authority.firstIndex(of: UInt8(ascii: "]")) else { throw .invalidIPv6 }
            hostEnd = bracket + 1
        }
        let host = authority[..<hostEnd]
        let rest = authority[hostEnd...]
        guard rest.first ?? colon == colon else { throw .invalidIPv6 }
        let port = rest.isEmpty ? nil : rest.dropFirst()
        guard port?.contains(colon) != true else { throw .unbracketedIPv6 }
        return (host, port)
    }

    /// The number of the port; nil when the address names none.
    static func port(_ digits: ArraySlice<UInt8>?) throws(EndpointURLError) -> Int? {
        guard let digits else { return nil }
        guard let port = CanonicalDecimal.parse(digits, atMost: 65_535), port > 0 else { throw .invalidPort }
        return port
    }
}

/// Letters of ASCII, whatever the locale.
enum ASCIILetters {
    static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
