import JaneeSecrets
import Testing

/// Everything that can be opened, and more.
private let openedWide = AddressPolicy(
    allowedPrivate: ["0.0.0.0/0", "::/0"].compactMap(CIDRBlock.init),
    loopback: false
)
private let closed = AddressPolicy(allowedPrivate: [], loopback: false)
private let development = AddressPolicy(
    allowedPrivate: ["0.0.0.0/0", "::/0"].compactMap(CIDRBlock.init),
    loopback: true
)

@Suite("Which addresses may be dialled")
struct NetworkAddressPolicyTests {
    private static let lastIPv6Bits = "ffff:ffff:ffff:ffff:ffff:ffff"

    @Test(
        "the never ranges, first and last address, are refused whatever is allowed",
        arguments: [
            ("0.0.0.0", .thisNetwork), ("0.0.0.1", .thisNetwork), ("0.255.255.255", .thisNetwork),
            ("::", .thisNetwork), ("169.254.0.0", .linkLocal), ("169.254.169.254", .linkLocal),
            ("169.254.255.255", .linkLocal), ("fe80::", .linkLocal), ("fe80::1", .linkLocal),
            ("febf:ffff:\(lastIPv6Bits)", .linkLocal), ("fd00:ec2::", .cloudMetadata),
            ("fd00:ec2::254", .cloudMetadata), ("fd00:ec2:\(lastIPv6Bits)", .cloudMetadata),
            ("168.63.129.16", .cloudMetadata), ("100.100.100.200", .cloudMetadata), ("192.0.0.192", .cloudMetadata),
            ("224.0.0.0", .multicast), ("239.255.255.255", .multicast), ("ff00::", .multicast), ("ff02::1", .multicast),
            ("ffff:ffff:\(lastIPv6Bits)", .multicast), ("240.0.0.0", .reserved), ("255.255.255.254", .reserved),
            ("255.255.255.255", .reserved),
        ] as [(String, ForbiddenAddress)]
    )
    func never(text: String, reason: ForbiddenAddress) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressClass(of: address) == .never(reason))
        for policy in [openedWide, closed, development] {
            let refusal = try #require(policy.check(address))
            #expect(refusal.addressClass == .never(reason))
            #expect(refusal.message.contains("\(address) \(reason)"))
            #expect(refusal.message.contains("no setting allows it"))
            #expect(!refusal.message.contains("network:"))
        }
    }

    @Test(
        "private addresses, first and last, need the operator's word",
        arguments: [
            "10.0.0.0", "10.1.2.3", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",
            "100.64.0.0", "100.127.255.255", "100.100.100.199", "100.100.100.201", "fc00::", "fc00::1", "fd00:ec1::1",
            "fd00:ec1:\(lastIPv6Bits)", "fd00:ec3::", "fdff:ffff:\(lastIPv6Bits)",
        ]
    )
    func privateUse(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressClass(of: address) == .privateUse)
        #expect(openedWide.check(address) == nil)
        let refusal = try #require(closed.check(address))
        #expect(refusal.addressClass == .privateUse)
        let line = "network: { allow: [\(text)/\(address.isIPv4 ? 32 : 128)] }"
        #expect(refusal.message.hasSuffix(line))
        #expect(development.check(address)?.message.contains("localhost") == true)

        let advised = try #require(CIDRBlock(text))
        #expect(AddressPolicy(allowedPrivate: [advised], loopback: false).check(address) == nil)
    }

    @Test(
        "public addresses are allowed, also just outside the special ranges",
        arguments: [
            "1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255",
            "172.32.0.0", "192.0.0.191", "192.0.0.193", "192.167.255.255", "192.169.0.0", "223.255.255.255",
            "2606:4700::1111", "::1:0:0:0", "fbff:ffff:\(lastIPv6Bits)", "fe00::",
            "fe7f:ffff:\(lastIPv6Bits)", "fec0::", "feff:ffff:\(lastIPv6Bits)", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
            "64:ff9b:1::8.8.8.8", "64:ff9b:1:808:8:800::", "2002:808:808::1",
        ]
    )
    func publicUse(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressClass(of: address) == .publicUse)
        #expect(closed.check(address) == nil)
        #expect(openedWide.check(address) == nil)
        let refusal = try #require(development.check(address))
        #expect(refusal.addressClass == .publicUse)
        #expect(refusal.message.contains("\(address) is not a loopback address"))
    }

    @Test(
        "loopback is allowed only where the configured host says so",
        arguments: ["127.0.0.0", "127.0.0.1", "127.1.2.3", "127.255.255.255", "::1"]
    )
    func loopback(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressClass(of: address) == .loopback)
        #expect(development.check(address) == nil)
        for policy in [openedWide, closed] {
            let refusal = try #require(policy.check(address))
            #expect(refusal.addressClass == .loopback)
            #expect(refusal.address == address)
            #expect(refusal.description == refusal.message)
            #expect(refusal.message.contains("write localhost"))
            #expect(!refusal.message.contains("network:"))
        }
    }

    @Test(
        "a block opens what it holds and nothing else",
        arguments: [
            ("10.1.0.0/16", "10.1.2.3", true), ("10.1.0.0/16", "10.2.0.0", false), ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false), ("fd12::/16", "fd12::1", true), ("fd12::/16", "fd13::1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", false), ("::ffff:10.0.0.0/104", "10.0.0.1", false),
            ("::ffff:10.0.0.0/104", "::ffff:10.0.0.1", false), ("127.0.0.0/8", "127.0.0.1", false),
            ("169.254.169.254", "169.254.169.254", false), ("100.64.0.0/10", "100.100.100.200", false),
            ("fd00::/8", "fd00:ec2::254", false), ("8.8.8.8", "8.8.4.4", true),
        ]
    )
    func allowed(block: String, text: String, isAllowed: Bool) throws {
        let policy = AddressPolicy(allowedPrivate: [try #require(CIDRBlock(block))], loopback: false)
        #expect((policy.check(try #require(IPAddress(text))) == nil) == isAllowed)
    }

    @Test("an IPv6 form of a private address names the address that it carries")
    func embeddedMessage() throws {
        let address = try #require(IPAddress("64:ff9b::a00:1"))
        let refusal = try #require(openedWide.check(address))
        #expect(refusal.addressClass == .never(.embedded(IPAddress(ipv4: (10, 0, 0, 1)))))
        #expect(refusal.message.contains("carries the IPv4 address 10.0.0.1"))
    }
}
