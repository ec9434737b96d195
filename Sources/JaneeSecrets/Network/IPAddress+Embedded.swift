extension IPAddress {
    /// The IPv4 addresses that this IPv6 address carries, for a translator or tunnel to deliver to; empty for IPv4.
    ///
    /// Known forms: IPv4-mapped, IPv4-compatible and IPv4-translated addresses, NAT64 (`64:ff9b::/96` and the local-use
    /// `64:ff9b:1::/48`), 6to4, Teredo (server and client) and ISATAP. Where the bits can be read in several ways, all
    /// readings are listed, because only the network knows which of them it will take.
    public var embeddedIPv4: [IPAddress] {
        guard case .v6(let bits) = value else { return [] }
        let lowest = UInt32(truncatingIfNeeded: bits)
        var found: [UInt32] = []
        switch bits >> 32 {
        case 0x0000:  // ::/96, IPv4-compatible; `::` and `::1` have a meaning of their own.
            if bits > 1 { found.append(lowest) }
        case 0xFFFF,  // ::ffff:0:0/96, IPv4-mapped
            0xFFFF_0000,  // ::ffff:0:0:0/96, IPv4-translated (RFC 2765)
            0x0064_FF9B_0000_0000_0000_0000:  // 64:ff9b::/96, NAT64 (RFC 6052)
            found.append(lowest)
        default:
            break
        }
        if bits >> 80 == 0x0064_FF9B_0001 { found += localNAT64Readings() }
        if bits >> 112 == 0x2002 { found.append(UInt32(truncatingIfNeeded: bits >> 80)) }
        if bits >> 96 == 0x2001_0000 {
            // Teredo (RFC 4380): the server, and the client with all bits inverted.
            found += [UInt32(truncatingIfNeeded: bits >> 64), ~lowest]
        }
        switch UInt32(truncatingIfNeeded: bits >> 32) {
        case 0x0000_5EFE, 0x0200_5EFE: found.append(lowest)  // ISATAP (RFC 5214), private and global identifiers
        default: break
        }
        return found.map { IPAddress(.v4($0)) }
    }

    /// The readings of an address of `64:ff9b:1::/48` (RFC 8215).
    ///
    /// The operator of the network may have cut a /48, /56, /64 or /96 out of the prefix (RFC 6052, section 2.2; the
    /// first three skip octet 8). A reading in 0.0.0.0/8 comes from a layout that is not in use, because that network
    /// exists nowhere; it counts only when no layout gives anything else.
    private func localNAT64Readings() -> [UInt32] {
        let bytes = bytes
        let layouts = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]]
        let readings = layouts.map { layout in layout.reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[$1]) } }
        let plausible = readings.filter { $0 >> 24 != 0 }
        return plausible.isEmpty ? Array(readings.suffix(1)) : plausible
    }
}
