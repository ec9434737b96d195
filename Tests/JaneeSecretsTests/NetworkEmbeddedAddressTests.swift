import JaneeSecrets
import Testing

/// The ways in which an IPv6 address carries an IPv4 address.
private enum Form: CaseIterable {
    case mapped
    case compatible
    case translated
    case nat64
    case localNAT64Prefix48
    case localNAT64Prefix56
    case localNAT64Prefix64
    case localNAT64Prefix96
    case sixToFour
    case teredoServer
    case teredoClient
    case isatapPrivate
    case isatapGlobal

    func carrying(_ quad: [UInt8]) -> IPAddress? {
        let (a, b, c, d) = (quad[0], quad[1], quad[2], quad[3])
        let zero = { (count: Int) in [UInt8](repeating: 0, count: count) }
        let local: [UInt8] = [0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01]
        let site: [UInt8] = [0x26, 0x06, 0x47, 0x00, 0, 0, 0, 1]
        let open: [UInt8] = [8, 8, 8, 8]
        let bytes: [UInt8] =
            switch self {
            case .mapped: zero(10) + [0xFF, 0xFF] + quad
            case .compatible: zero(12) + quad
            case .translated: zero(8) + [0xFF, 0xFF, 0, 0] + quad
            case .nat64: [0x00, 0x64, 0xFF, 0x9B] + zero(8) + quad
            case .localNAT64Prefix48: local + [a, b, 0, c, d] + zero(5)
            case .localNAT64Prefix56: local + [1, a, 0, b, c, d] + zero(4)
            case .localNAT64Prefix64: local + [1, 2, 0, a, b, c, d] + zero(3)
            case .localNAT64Prefix96: local + [1, 2, 0, 0, 0, 0] + quad
            case .sixToFour: [0x20, 0x02] + quad + zero(9) + [1]
            case .teredoServer: [0x20, 0x01, 0, 0] + quad + [0, 0, 0xFF, 0xFF] + open.map { ~$0 }
            case .teredoClient: [0x20, 0x01, 0, 0] + open + [0, 0, 0xFF, 0xFF] + quad.map { ~$0 }
            case .isatapPrivate: site + [0x00, 0x00, 0x5E, 0xFE] + quad
            case .isatapGlobal: site + [0x02, 0x00, 0x5E, 0xFE] + quad
            }
        return IPAddress(bytes: bytes)
    }
}

@Suite("IPv4 addresses inside IPv6 addresses")
struct NetworkEmbeddedAddressTests {
    @Test(
        "every form of a forbidden, private or loopback IPv4 address is refused under every policy",
        arguments: Form.allCases,
        [
            "169.254.169.254", "169.254.0.0", "169.254.255.255", "10.0.0.0", "10.0.0.1", "10.255.255.255", "127.0.0.0",
            "127.0.0.1", "127.255.255.255", "192.168.0.0", "192.168.1.1", "192.168.255.255", "172.16.0.0",
            "172.31.255.255", "100.64.0.0", "100.127.255.255", "100.100.100.200", "168.63.129.16", "192.0.0.192",
            "224.0.0.0", "224.0.0.1", "239.255.255.255", "240.0.0.0", "255.255.255.255",
        ]
    )
    fileprivate func refused(form: Form, inner: String) throws {
        let quad = try #require(IPAddress(inner))
        let address = try #require(form.carrying(quad.bytes))
        #expect(address.embeddedIPv4.contains(quad))
        guard case .never(.embedded) = AddressClass(of: address) else {
            Issue.record("\(address) is \(AddressClass(of: address))")
            return
        }
        let blocks = ["0.0.0.0/0", "::/0", "10.0.0.0/8", "\(address)/128", "\(quad)/32"].compactMap(CIDRBlock.init)
        #expect(blocks.count == 5)
        #expect(AddressPolicy(allowedPrivate: blocks, loopback: false).check(address) != nil)
        #expect(AddressPolicy(allowedPrivate: blocks, loopback: true).check(address) != nil)
    }

    @Test("a form of a public IPv4 address is a public address", arguments: Form.allCases)
    fileprivate func publicInner(form: Form) throws {
        let quad = try #require(IPAddress("93.184.216.34"))
        let address = try #require(form.carrying(quad.bytes))
        #expect(address.embeddedIPv4.contains(quad))
        #expect(AddressClass(of: address) == .publicUse)
    }

    @Test(
        "the carried addresses are those of the textbook",
        arguments: [
            ("::ffff:169.254.169.254", ["169.254.169.254"]), ("::ffff:a9fe:a9fe", ["169.254.169.254"]),
            ("::a9fe:a9fe", ["169.254.169.254"]), ("::ffff:0:a9fe:a9fe", ["169.254.169.254"]),
            ("64:ff9b::a9fe:a9fe", ["169.254.169.254"]), ("64:ff9b:1::10.0.0.1", ["10.0.0.1"]),
            ("64:ff9b:1:a00:0:100::", ["10.0.0.1"]), ("64:ff9b:1:7f00:0:100::", ["127.0.0.1"]),
            ("64:ff9b:1::", ["0.0.0.0"]), ("64:ff9b:1::5", ["0.0.0.5"]), ("2002:a9fe:a9fe::", ["169.254.169.254"]),
            ("2002:a00:1::1", ["10.0.0.1"]), ("2002:7f00:1:1:2:3:4:5", ["127.0.0.1"]),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", ["65.54.227.120", "192.0.2.45"]),
            ("2001:db8::5efe:10.0.0.1", ["10.0.0.1"]), ("2001:db8::200:5efe:10.0.0.1", ["10.0.0.1"]),
            ("::2", ["0.0.0.2"]), ("fd00::5efe:8.8.8.8", ["8.8.8.8"]),
        ]
    )
    func textbook(text: String, inner: [String]) {
        #expect(IPAddress(text)?.embeddedIPv4.map(\.description) == inner)
    }

    @Test(
        "addresses next to the known forms carry nothing",
        arguments: [
            "10.0.0.1", "::", "::1", "::1:a00:1", "::fffe:a00:1", "::fffe:0:a00:1", "64:ff9a::a00:1", "64:ff9c::a00:1",
            "64:ff9b::1:a00:1", "64:ff9b:0:1::a00:1", "64:ff9b:2::a00:1", "2003:a00:1::", "2001:1:a00:1::",
            "2001:db8::100:5efe:a00:1", "2001:db8::5eff:a00:1", "2001:db8::a00:1", "2606:4700::1111",
        ]
    )
    func nothing(text: String) throws {
        #expect(try #require(IPAddress(text)).embeddedIPv4.isEmpty)
    }

    @Test("all readings of a local NAT64 address are listed, and one bad reading is enough")
    func localNAT64() throws {
        let address = try #require(IPAddress("64:ff9b:1:808:8:800:a00:1"))
        #expect(address.embeddedIPv4.map(\.description) == ["8.8.8.8", "8.8.8.0", "8.8.0.10", "10.0.0.1"])
        #expect(AddressClass(of: address) == .never(.embedded(IPAddress(ipv4: (10, 0, 0, 1)))))
    }
}
