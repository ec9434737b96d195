import JaneeSecrets
import Testing

@Suite("CIDR blocks")
struct NetworkCIDRBlockTests {
    @Test(
        "a block is parsed, and a bare address is a block of one",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3/32", "10.1.2.3/32"), ("10.1.2.3", "10.1.2.3/32"),
            ("0.0.0.0/0", "0.0.0.0/0"), ("128.0.0.0/1", "128.0.0.0/1"), ("10.1.2.2/31", "10.1.2.2/31"),
            ("fd00::/8", "fd00::/8"), ("FD12:0:0::/48", "fd12::/48"), ("fd12::1", "fd12::1/128"), ("::/0", "::/0"),
            ("8000::/1", "8000::/1"), ("fd12::1/128", "fd12::1/128"), ("::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104"),
        ]
    )
    func parsed(text: String, canonical: String) {
        #expect(CIDRBlock(text)?.description == canonical)
        #expect(CIDRBlock(canonical) == CIDRBlock(text))
    }

    @Test(
        "everything else is not a block",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8",
            "10.0.0.0/8 ", "10.0.0.0 /8", "10.0.0.0/ 8", "10.0.0.0/255.0.0.0", "10/8", "10.0.0/8", "10.1.2.3/8",
            "10.0.0.1/31", "0.0.0.1/0", "fd00::/129", "fd00::1/8", "fd00::1/127", "8000::/0", "[fd00::]/8",
            "fd00::%1/8",
            "localhost", "localhost/8", "10.0.0.0/99999999999999999999999999", "10.0.0.0/８",
        ]
    )
    func malformed(text: String) {
        #expect(CIDRBlock(text) == nil)
    }

    @Test(
        "a block contains its first and last address and not their neighbours",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("172.16.0.0/12", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("10.1.2.2/31", "10.1.2.2", "10.1.2.3", "10.1.2.1", "10.1.2.4"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.3", "10.1.2.2", "10.1.2.4"),
            ("fd00::/8", "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fcff::ffff", "fe00::"),
            ("fd12::/63", "fd12::", "fd12:0:0:1:ffff:ffff:ffff:ffff", "fd11:ffff::ffff", "fd12:0:0:2::"),
            ("fd12::1", "fd12::1", "fd12::1", "fd12::", "fd12::2"),
        ]
    )
    func bounds(block: String, first: String, last: String, before: String, after: String) throws {
        let block = try #require(CIDRBlock(block))
        #expect(block.contains(try #require(IPAddress(first))))
        #expect(block.contains(try #require(IPAddress(last))))
        #expect(!block.contains(try #require(IPAddress(before))))
        #expect(!block.contains(try #require(IPAddress(after))))
    }

    @Test("a block of everything holds one family only")
    func families() throws {
        let everyIPv4 = try #require(CIDRBlock("0.0.0.0/0"))
        let everyIPv6 = try #require(CIDRBlock("::/0"))
        for text in ["0.0.0.0", "255.255.255.255"] {
            let address = try #require(IPAddress(text))
            #expect(everyIPv4.contains(address))
            #expect(!everyIPv6.contains(address))
        }
        for text in ["::", "::ffff:10.0.0.1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"] {
            let address = try #require(IPAddress(text))
            #expect(everyIPv6.contains(address))
            #expect(!everyIPv4.contains(address))
        }
        #expect(everyIPv4.prefixLength == 0)
        #expect(everyIPv4.network == IPAddress("0.0.0.0"))
    }
}
