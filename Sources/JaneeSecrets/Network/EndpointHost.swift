/// The host of an ``EndpointURL``: a name, a dotted quad or an IPv6 address in brackets.
enum EndpointHost {
    private static let maximumNameLength = 253
    private static let maximumLabelLength = 63

    /// The canonical host, without brackets, and its address if it is one.
    static func parse(_ text: ArraySlice<UInt8>) throws(EndpointURLError) -> (host: String, address: IPAddress?) {
        guard let first = text.first else { throw .emptyHost }
        let lowered = text.map(ASCIILetters.lowercased)
        if first == UInt8(ascii: "[") {
            let address = try ipv6(lowered.dropFirst().dropLast())
            return (address.description, address)
        }
        let labels = try labels(of: lowered)
        let address = IPAddress(ascii: ArraySlice(lowered))
        // Resolvers read `127.1`, `0x7f.1` and `2130706433` as IPv4; what looks like a number must be a dotted quad.
        if address == nil, let last = labels.last, isNumber(last) { throw .numericHost }
        return (String(decoding: lowered, as: UTF8.self), address)
    }

    private static func ipv6(_ text: ArraySlice<UInt8>) throws(EndpointURLError) -> IPAddress {
        guard !text.contains(UInt8(ascii: "%")) else { throw .zoneIdentifier }
        guard let address = IPAddress(ascii: text), !address.isIPv4 else { throw .invalidIPv6 }
        guard address.description.utf8.elementsEqual(text) else { throw .nonCanonicalIPv6 }
        return address
    }

    private static func labels(of host: [UInt8]) throws(EndpointURLError) -> [ArraySlice<UInt8>] {
        let dot = UInt8(ascii: ".")
        for byte in host {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "-"), UInt8(ascii: "_"), dot: break
            case UInt8(ascii: "%"): throw .percentEncodedHost
            default: throw .hostCharacter
            }
        }
        let labels = host.split(separator: dot, omittingEmptySubsequences: false)
        guard host.count == 1 || host.last != dot else { throw .trailingDot }
        guard labels.allSatisfy({ !$0.isEmpty }) else { throw .emptyLabel }
        guard host.count <= maximumNameLength, labels.allSatisfy({ $0.count <= maximumLabelLength }) else {
            throw .hostTooLong
        }
        return labels
    }

    /// Whether a lower-case label is a number for the URL standard's "ends in a number" check.
    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        if label.allSatisfy(isDigit) { return true }
        guard label.starts(with: "0x".utf8) else { return false }
        return label.dropFirst(2).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
}
