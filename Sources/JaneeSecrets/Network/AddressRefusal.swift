/// An address that a policy refused, and what the operator can do about it.
public struct AddressRefusal: Error, Hashable, Sendable {
    /// The refused address.
    public let address: IPAddress
    /// The class of the refused address.
    public let addressClass: AddressClass
    /// What is wrong and what to do, for operators; it contains addresses, but nothing of the configuration.
    public let message: String

    init(_ address: IPAddress, _ addressClass: AddressClass, loopbackExpected: Bool) {
        self.address = address
        self.addressClass = addressClass
        message =
            switch addressClass {
            case .never(let reason):
                Self.neverAllowed(address, reason)
            case .loopback:
                "\(address) is a loopback address, and the configured host does not say so; for development "
                    + "write localhost, 127.0.0.1 or [::1] as the host, otherwise correct what the host resolves to"
            case .privateUse where !loopbackExpected:
                "\(address) is a private address; if the upstream is meant to be there, add "
                    + "network: { allow: [\(address)/\(address.isIPv4 ? 32 : 128)] }"
            case .privateUse, .publicUse:
                "\(address) is not a loopback address, but the configured host means this machine; "
                    + "check the entry of localhost in the hosts file and in DNS"
            }
    }

    private static func neverAllowed(_ address: IPAddress, _ reason: ForbiddenAddress) -> String {
        let advice =
            if case .embedded = reason {
                "use a host that resolves to the IPv4 address itself"
            } else {
                "use a host that resolves to the upstream's own address"
            }
        return "\(address) \(reason); no setting allows it, \(advice)"
    }
}

extension AddressRefusal: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
