/// A block of addresses of one family: a network and the length of its prefix.
public struct CIDRBlock: Hashable, Sendable {
    /// The first address of the block; the bits after the prefix are zero.
    public let network: IPAddress
    /// The number of leading bits that all addresses of the block share.
    public let prefixLength: Int

    /// Parses `10.0.0.0/8`, `fd00::/8` or a bare address, which is a block of one.
    ///
    /// Nil when the address or the length is malformed, or when bits after the prefix are set: `10.1.2.3/8` might mean
    /// one host or sixteen million, and a list of exceptions must not guess.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let network = parts.first.flatMap({ IPAddress(ascii: ArraySlice($0)) }) else { return nil }
        let width = network.isIPv4 ? 32 : 128
        var prefixLength = width
        if parts.count > 1 {
            guard let length = CanonicalDecimal.parse(parts[1], atMost: width) else { return nil }
            prefixLength = length
        }
        self.network = network
        self.prefixLength = prefixLength
        guard masked(network) == network.value else { return nil }
    }

    /// Whether `address` lies in this block; an address of the other family never does.
    public func contains(_ address: IPAddress) -> Bool {
        masked(address) == network.value
    }

    /// The address without the bits after the prefix; values of two families are never equal.
    private func masked(_ address: IPAddress) -> IPAddress.Value {
        switch address.value {
        case .v4(let bits): .v4(bits & ~(UInt32.max >> UInt32(prefixLength)))
        case .v6(let bits): .v6(bits & ~(UInt128.max >> UInt128(prefixLength)))
        }
    }
}

extension CIDRBlock: CustomStringConvertible {
    /// The canonical network, `/` and the length of the prefix.
    public var description: String { "\(network)/\(prefixLength)" }
}
