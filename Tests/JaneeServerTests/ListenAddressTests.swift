import JaneeServer
import Testing

@Suite("The address to listen at")
struct ListenAddressTests {
    static let accepted: [(text: String, host: String, port: Int)] = [
        ("127.0.0.1:9464", "127.0.0.1", 9464), ("localhost:0", "localhost", 0), ("[::1]:65535", "::1", 65535),
        ("127.1.2.3:80", "127.1.2.3", 80), ("LOCALHOST:1", "LOCALHOST", 1),
    ]

    @Test("is one of this machine only", arguments: accepted)
    func accepts(_ address: (text: String, host: String, port: Int)) throws {
        let parsed = try ListenAddress(parsing: address.text)
        #expect(parsed.host == address.host && parsed.port == address.port)
    }

    @Test(
        "is refused otherwise",
        arguments: [
            "", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http",
            "0.0.0.0:9464", "[::]:9464", "10.0.0.1:9464", "example.com:9464", "127.1:80", "2130706433:80",
            "localhost.:80",
            "[::ffff:127.0.0.1]:80", "169.254.169.254:80",
        ]
    )
    func refuses(_ text: String) {
        #expect(throws: ListenAddressError.self) { try ListenAddress(parsing: text) }
    }
}
