/// An IPv4 or IPv6 address without zone and port.
///
/// The two families never compare equal: `::ffff:10.0.0.1` and `10.0.0.1` are different addresses, and
/// ``embeddedIPv4`` tells how they are related.
public struct IPAddress: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case v4(UInt32)
        case v6(UInt128)
    }

    let value: Value

    init(_ value: Value) {
        self.value = value
    }

    /// The IPv4 address of four octets, the first of them written first.
    public init(ipv4 octets: (UInt8, UInt8, UInt8, UInt8)) {
        let high = UInt32(octets.0) << 24 | UInt32(octets.1) << 16
        let low = UInt32(octets.2) << 8 | UInt32(octets.3)
        value = .v4(high | low)
    }

    /// The address of four (IPv4) or sixteen (IPv6) bytes in network order; nil for any other number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: value = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: value = .v6(bytes.reduce(0) { $0 << 8 | UInt128($1) })
        default: return nil
        }
    }

    /// The four or sixteen bytes in network order.
    public var bytes: [UInt8] {
        switch value {
        case .v4(let bits): (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0)) }
        case .v6(let bits): (0..<16).map { UInt8(truncatingIfNeeded: bits >> (120 - 8 * $0)) }
        }
    }

    /// Whether this is an IPv4 address; an IPv4-mapped IPv6 address is not.
    public var isIPv4: Bool {
        switch value {
        case .v4: true
        case .v6: false
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text: a dotted quad, or the form of RFC 5952.
    public var description: String {
        switch value {
        case .v4(let bits): Self.dottedQuad(bits)
        case .v6(let bits): Self.canonicalIPv6(bits)
        }
    }

    private static func dottedQuad(_ bits: UInt32) -> String {
        "\(bits >> 24).\(bits >> 16 & 0xFF).\(bits >> 8 & 0xFF).\(bits & 0xFF)"
    }

    private static func canonicalIPv6(_ bits: UInt128) -> String {
        if bits >> 32 == 0xFFFF { return "::ffff:" + dottedQuad(UInt32(truncatingIfNeeded: bits)) }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
        let gap = longestZeroRun(in: groups)
        let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard gap.count > 1 else { return text(groups[0...]) }
        return text(groups[..<gap.lowerBound]) + "::" + text(groups[gap.upperBound...])
    }

    /// The longest run of zero groups, the first one of several: RFC 5952, section 4.2.3.
    private static func longestZeroRun(in groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<(index + 1)
            }
        }
        return longest
    }
}
