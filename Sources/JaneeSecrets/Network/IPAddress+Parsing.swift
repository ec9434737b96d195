extension IPAddress {
    /// The longest spelling: six groups of four digits and a dotted quad.
    private static let maximumTextLength = 45

    /// Parses a dotted quad or an IPv6 address of RFC 4291, section 2.2; nil for everything else.
    ///
    /// IPv4 has exactly four decimal parts without leading zeros: the octal, hexadecimal and shortened spellings that
    /// some resolvers accept are not addresses here. IPv6 has no brackets and no zone.
    public init?(_ text: String) {
        self.init(ascii: ArraySlice(text.utf8))
    }

    init?(ascii text: ArraySlice<UInt8>) {
        guard text.count <= Self.maximumTextLength else { return nil }
        if text.contains(UInt8(ascii: ":")) {
            guard let bits = Self.ipv6(text) else { return nil }
            value = .v6(bits)
        } else {
            guard let bits = Self.ipv4(text) else { return nil }
            value = .v4(bits)
        }
    }

    private static func ipv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard let octet = CanonicalDecimal.parse(part, atMost: 255) else { return nil }
            bits = bits << 8 | UInt32(octet)
        }
        return bits
    }

    private static func ipv6(_ text: ArraySlice<UInt8>) -> UInt128? {
        let colon = UInt8(ascii: ":")
        var groups: [UInt16] = []
        var gap: Int?
        var rest = text
        if rest.starts(with: [colon, colon]) {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            guard groups.count < 8 else { return nil }
            let group = rest.prefix { $0 != colon }
            rest = rest.dropFirst(group.count)
            if rest.isEmpty, group.contains(UInt8(ascii: ".")) {
                guard let quad = ipv4(group) else { return nil }
                groups += [UInt16(quad >> 16), UInt16(quad & 0xFFFF)]
                break
            }
            guard let number = hexGroup(group) else { return nil }
            groups.append(number)
            guard !rest.isEmpty else { break }
            rest = rest.dropFirst()
            if rest.first == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        return assemble(groups, gap: gap)
    }

    /// Puts zeros where `::` stood; it stands for at least one group.
    private static func assemble(_ groups: [UInt16], gap: Int?) -> UInt128? {
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        let zeros = [UInt16](repeating: 0, count: 8 - groups.count)
        let position = gap ?? groups.count
        let all = groups[..<position] + zeros + groups[position...]
        return all.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func hexGroup(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(digits.count) else { return nil }
        var number: UInt16 = 0
        for digit in digits {
            guard let nibble = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            number = number << 4 | UInt16(nibble)
        }
        return number
    }
}
