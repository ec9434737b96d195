import JaneeSecrets

/// The addresses of a host, in the order in which they are to be tried.
struct AddressAnswer: Sendable {
    /// The least time for a connection to one of several addresses, if a connection may take as long.
    private static let minimumShare = Duration.seconds(1)

    let host: String
    let addresses: [IPAddress]
    /// The address that worked last when the one before it did not.
    let preferred: IPAddress?
    /// Whether it was there before the request, so that the upstream may have moved meanwhile.
    let isKept: Bool
    /// Tells answers for the same host apart.
    let number: UInt64

    init(_ host: String, _ addresses: [IPAddress], preferred: IPAddress?, isKept: Bool, number: UInt64) {
        self.host = host
        self.addresses = addresses
        self.preferred = preferred
        self.isKept = isKept
        self.number = number
    }

    /// Of a host that is an address itself.
    init(literal address: IPAddress) {
        self.init(address.description, [address], preferred: nil, isKept: false, number: 0)
    }

    /// How long to wait for a connection before the next address is tried: a share of the limit, all of it for an
    /// address that is known to work and for the last one.
    func timeToConnect(to address: IPAddress, limit: Duration) -> Duration {
        guard address != preferred, address != addresses.last else { return limit }
        return max(limit / addresses.count, min(limit, Self.minimumShare))
    }
}
