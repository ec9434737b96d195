/// What kind of place an address is, as far as sending credentials there is concerned.
public enum AddressClass: Hashable, Sendable {
    /// No upstream is ever there; no setting opens it.
    case never(ForbiddenAddress)
    /// This machine: 127.0.0.0/8 and `::1`.
    case loopback
    /// Private networks: RFC 1918, 100.64.0.0/10 and fc00::/7.
    case privateUse
    /// Everything else.
    case publicUse

    /// Classifies `address`, looking through every IPv6 form that carries an IPv4 address.
    public init(of address: IPAddress) {
        switch address.value {
        case .v4(let bits):
            self = Self.classify(ipv4: bits)
        case .v6(let bits):
            self = Self.classify(ipv6: bits)
            if case .never = self { return }
            // A tunnel or a translator would deliver to the inner address, out of sight of the check of the peer.
            if let inner = address.embeddedIPv4.first(where: { AddressClass(of: $0) != .publicUse }) {
                self = .never(.embedded(inner))
            }
        }
    }

    private static func classify(ipv4 bits: UInt32) -> AddressClass {
        switch bits {
        case 0x0000_0000...0x00FF_FFFF: .never(.thisNetwork)  // 0.0.0.0/8
        case 0xA9FE_0000...0xA9FE_FFFF: .never(.linkLocal)  // 169.254.0.0/16
        case 0x6464_64C8: .never(.cloudMetadata)  // 100.100.100.200, Alibaba Cloud
        case 0xA83F_8110: .never(.cloudMetadata)  // 168.63.129.16, Azure
        case 0xC000_00C0: .never(.cloudMetadata)  // 192.0.0.192, Oracle Cloud
        case 0xE000_0000...0xEFFF_FFFF: .never(.multicast)  // 224.0.0.0/4
        case 0xF000_0000...0xFFFF_FFFF: .never(.reserved)  // 240.0.0.0/4
        case 0x7F00_0000...0x7FFF_FFFF: .loopback  // 127.0.0.0/8
        case 0x0A00_0000...0x0AFF_FFFF: .privateUse  // 10.0.0.0/8
        case 0x6440_0000...0x647F_FFFF: .privateUse  // 100.64.0.0/10
        case 0xAC10_0000...0xAC1F_FFFF: .privateUse  // 172.16.0.0/12
        case 0xC0A8_0000...0xC0A8_FFFF: .privateUse  // 192.168.0.0/16
        default: .publicUse
        }
    }

    private static func classify(ipv6 bits: UInt128) -> AddressClass {
        switch bits {
        case 0: .never(.thisNetwork)  // ::
        case 1: .loopback  // ::1
        case _ where bits >> 120 == 0xFF: .never(.multicast)  // ff00::/8
        case _ where bits >> 118 == 0x3FA: .never(.linkLocal)  // fe80::/10
        case _ where bits >> 96 == 0xFD00_0EC2: .never(.cloudMetadata)  // fd00:ec2::/32, AWS
        case _ where bits >> 121 == 0x7E: .privateUse  // fc00::/7
        default: .publicUse
        }
    }
}

/// Why an address can never be an upstream.
public enum ForbiddenAddress: Hashable, Sendable {
    /// 0.0.0.0/8 and `::`, which many systems take for themselves.
    case thisNetwork
    /// 169.254.0.0/16 and fe80::/10, where clouds serve instance credentials.
    case linkLocal
    /// The platform endpoints of clouds outside the link-local ranges.
    case cloudMetadata
    /// 224.0.0.0/4 and ff00::/8.
    case multicast
    /// 240.0.0.0/4 with the broadcast address.
    case reserved
    /// An IPv6 address that carries this IPv4 address, which is itself not public.
    case embedded(IPAddress)
}

extension ForbiddenAddress: CustomStringConvertible {
    /// A phrase that completes "the address …".
    public var description: String {
        switch self {
        case .thisNetwork: "is unspecified (0.0.0.0/8 or ::)"
        case .linkLocal: "is link-local (169.254.0.0/16 or fe80::/10), where clouds serve instance credentials"
        case .cloudMetadata: "is a cloud platform's own endpoint, which serves instance credentials"
        case .multicast: "is a multicast address"
        case .reserved: "is in the reserved range 240.0.0.0/4"
        case .embedded(let inner): "carries the IPv4 address \(inner), which is not a public one"
        }
    }
}
