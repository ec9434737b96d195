import JaneeSecrets
import Testing

@Suite("IP addresses")
struct NetworkIPAddressTests {
    @Test(
        "canonical text is parsed and printed back",
        arguments: [
            "0.0.0.0", "1.2.3.4", "10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.100.200", "255.255.255.255",
            "::", "::1", "1::", "::2:0", "fe80::1", "2001:db8::1", "2001:db8::1:0:0:1", "2001:db8:0:1:1:1:1:1",
            "1:2:3:4:5:6:7:8", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0", "1:0:2:3:4:5::", "::ffff:1.2.3.4",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::808:808", "abcd:ef01:2345:6789::",
        ]
    )
    func canonical(text: String) {
        #expect(IPAddress(text)?.description == text)
    }

    @Test(
        "other valid IPv6 spellings get the canonical text",
        arguments: [
            ("0:0:0:0:0:0:0:0", "::"), ("0000:0000:0000:0000:0000:0000:0000:0001", "::1"), ("FE80::ABCD", "fe80::abcd"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::1.2.3.4", "::102:304"), ("::ffff:102:304", "::ffff:1.2.3.4"),
            ("64:ff9b::8.8.8.8", "64:ff9b::808:808"), ("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"),
            ("0000:0000:0000:0000:0000:ffff:255.255.255.255", "::ffff:255.255.255.255"),
            ("1:2::5:6:7.8.9.10", "1:2::5:6:708:90a"), ("::0", "::"), ("0::", "::"),
        ]
    )
    func canonicalized(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
        #expect(IPAddress(text) == IPAddress(canonical))
    }

    @Test(
        "everything else is not an address",
        arguments: [
            // IPv4
            "", " ", ".", "...", "1", "1.2", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "1..2.3",
            "256.1.1.1",
            "1.2.3.256", "1.2.3.999999999999999999999999", "01.2.3.4", "1.2.3.04", "00.0.0.0", "0177.0.0.1",
            "0x7f.0.0.1",
            "0x7f000001", "2130706433", "127.1", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n", "1.2.3.4/32", "+1.2.3.4",
            "-1.2.3.4",
            "1.2.3.a", "1.2.3.４", "1,2,3,4", "1.2.3.4:80", "1.2.3.4\0",
            // IPv6
            ":", ":::", "::::", "1:", ":1", "1::2::3", "::1::", ":1::2", "1::2:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "00001::", "g::", "::+1", "::-1",
            "::0x1", "[::1]", "::1%lo", "fe80::1%1", "::1/128", "::1 ", " ::1", "::1.2.3", "::1.2.3.4.5", "::1.2.3.04",
            "::1.2.3.256", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "::.", "::1.",
            "::ffff:0x7f.0.0.1", "::１", "1:2:3:4:5:6:7:8\0", "0000:0000:0000:0000:0000:ffff:255.255.255.2555",
            String(repeating: "0", count: 1_000_000), String(repeating: ":", count: 1_000_000),
        ]
    )
    func malformed(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("bytes give the address and come back, in network order")
    func bytes() throws {
        let v4 = try #require(IPAddress(bytes: [10, 1, 2, 3]))
        #expect(v4 == IPAddress("10.1.2.3"))
        #expect(v4 == IPAddress(ipv4: (10, 1, 2, 3)))
        #expect(v4.bytes == [10, 1, 2, 3])
        #expect(v4.isIPv4)
        let raw: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xEE, 0xDD, 0xCC]
        let v6 = try #require(IPAddress(bytes: raw))
        #expect(v6.description == "2001:db8::ffee:ddcc")
        #expect(v6.bytes == raw)
        #expect(!v6.isIPv4)
        for count in [0, 1, 3, 5, 8, 15, 17, 32] {
            #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
    }

    @Test("the families are different addresses, also when one carries the other")
    func families() {
        #expect(IPAddress("::ffff:1.2.3.4") != IPAddress("1.2.3.4"))
        #expect(IPAddress("::ffff:1.2.3.4")?.isIPv4 == false)
        #expect(Set(["::1", "0:0:0:0:0:0:0:1", "0::1"].map { IPAddress($0) }).count == 1)
    }

    @Test("every printed address is parsed back, wherever its zeros are", arguments: 0..<256)
    func zeroRuns(mask: Int) throws {
        let bytes = (0..<8).flatMap { group in mask >> group & 1 == 0 ? [UInt8](repeating: 0, count: 2) : [0xA, 0xB0] }
        let address = try #require(IPAddress(bytes: bytes))
        #expect(IPAddress(address.description) == address)
    }
}
