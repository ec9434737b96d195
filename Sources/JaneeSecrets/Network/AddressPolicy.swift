/// Decides which addresses may receive a request that carries a credential.
///
/// A name is resolved once and every address of the answer is checked; the peer of every connection is checked again
/// before the first byte of a credential is written, so that neither rebinding nor a stale answer gets through.
public struct AddressPolicy: Hashable, Sendable {
    /// The networks that the operator opened.
    ///
    /// They open private addresses only: not loopback, and none of the addresses that are never allowed.
    public let allowedPrivate: [CIDRBlock]
    /// Whether this is development on the machine itself: then only loopback addresses are allowed.
    public let loopback: Bool

    /// A policy for one endpoint.
    ///
    /// - Parameters:
    ///   - allowedPrivate: the `network.allow` list of the provider or service.
    ///   - loopback: ``EndpointURL/isLiteralLoopback`` of the configured address. A name that merely resolves to
    ///     loopback does not count.
    public init(allowedPrivate: [CIDRBlock], loopback: Bool) {
        self.allowedPrivate = allowedPrivate
        self.loopback = loopback
    }

    /// Nil when `address` may be dialled, else why not.
    public func check(_ address: IPAddress) -> AddressRefusal? {
        let addressClass = AddressClass(of: address)
        let allowed =
            switch addressClass {
            case .never: false
            case .loopback: loopback
            case .privateUse: !loopback && allowedPrivate.contains { $0.contains(address) }
            case .publicUse: !loopback
            }
        return allowed ? nil : AddressRefusal(address, addressClass, loopbackExpected: loopback)
    }
}
