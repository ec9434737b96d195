import JaneeSecrets

/// Which peers connections may have.
enum PeerRule: Sendable {
    case allowed(by: AddressPolicy)
    /// One address, which no policy needs to allow.
    case only(IPAddress)
    /// A socket of this machine, which is no address at all.
    case socket

    /// Nil when `peer` is one of them, else why not.
    func refusal(of peer: IPAddress) -> HTTPTransportError? {
        switch self {
        case .allowed(let policy): policy.check(peer).map { .refused($0) }
        case .only(let address): peer == address ? nil : .strangePeer
        case .socket: .strangePeer
        }
    }
}
