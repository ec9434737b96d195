import JaneeSecrets
import Testing

@Suite("Endpoint URLs")
struct NetworkEndpointURLTests {
    @Test(
        "an accepted URL has one canonical text",
        arguments: [
            ("https://api.example.com", "https://api.example.com"),
            ("https://api.example.com/", "https://api.example.com"),
            ("HTTPS://API.Example.COM", "https://api.example.com"), ("hTTp://example.com", "http://example.com"),
            ("https://example.com:443/", "https://example.com"), ("http://example.com:80", "http://example.com"),
            ("https://example.com:80", "https://example.com:80"), ("http://example.com:443", "http://example.com:443"),
            ("https://example.com:1", "https://example.com:1"),
            ("https://example.com:65535", "https://example.com:65535"),
            ("https://vault:8200", "https://vault:8200"), ("https://a_b-c.example.com", "https://a_b-c.example.com"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("https://1.example", "https://1.example"),
            ("https://0xabc.example", "https://0xabc.example"), ("https://a.0xg", "https://a.0xg"),
            ("https://3com", "https://3com"), ("https://x0", "https://x0"), ("https://1.2.3.4a", "https://1.2.3.4a"),
            ("http://localhost:8200", "http://localhost:8200"), ("http://127.0.0.1", "http://127.0.0.1"),
            ("https://10.1.2.3:8200/v1", "https://10.1.2.3:8200/v1"), ("http://[::1]", "http://[::1]"),
            ("http://[::1]:80/x", "http://[::1]/x"), ("https://[2001:DB8::1]:8200/x", "https://[2001:db8::1]:8200/x"),
            ("https://[::ffff:1.2.3.4]", "https://[::ffff:1.2.3.4]"), ("https://h/v1/", "https://h/v1"),
            ("https://h/v1/secret", "https://h/v1/secret"), ("https://h/V1/Secret", "https://h/V1/Secret"),
            ("https://h/%7euser/%41%2d%2E%5f", "https://h/~user/A-._"),
            ("https://h/a%20b%c3%a9", "https://h/a%20b%C3%A9"),
            ("https://h/%25%3b%3f%23%40", "https://h/%25%3B%3F%23%40"), ("https://h/%2525", "https://h/%2525"),
            ("https://h/!$&'()*+,=:@-._~", "https://h/!$&'()*+,=:@-._~"),
            ("https://h/.well-known", "https://h/.well-known"),
            ("https://h/..a/a../a..b", "https://h/..a/a../a..b"), ("https://h/%E2%82%AC", "https://h/%E2%82%AC"),
            ("https://h/%c2%a0", "https://h/%C2%A0"), ("https://h/@scope:80", "https://h/@scope:80"),
        ]
    )
    func canonical(text: String, expected: String) throws {
        let url = try EndpointURL(parsing: text)
        #expect(url.description == expected)
        #expect(try EndpointURL(parsing: expected) == url)
        #expect(url.description == url.origin + url.basePath)
    }

    @Test("the parts of a name with port and path")
    func parts() throws {
        let url = try EndpointURL(parsing: "https://Vault.Example.com:8200/proxy/vault/")
        #expect(url.scheme == .https)
        #expect(url.host == "vault.example.com")
        #expect(url.port == 8200)
        #expect(!url.isDefaultPort)
        #expect(url.basePath == "/proxy/vault")
        #expect(url.authority == "vault.example.com:8200")
        #expect(url.origin == "https://vault.example.com:8200")
        #expect(url.ipAddress == nil)
        #expect(!url.isLiteralLoopback)
    }

    @Test("the parts of an IPv6 address, and defaults")
    func partsOfIPv6() throws {
        let url = try EndpointURL(parsing: "http://[2001:DB8::1]:80/")
        #expect(url.scheme == .http)
        #expect(url.host == "2001:db8::1")
        #expect(url.ipAddress == IPAddress("2001:db8::1"))
        #expect(url.port == 80)
        #expect(url.isDefaultPort)
        #expect(url.basePath.isEmpty)
        #expect(url.authority == "[2001:db8::1]")
        #expect(try EndpointURL(parsing: "https://[2001:db8::1]:80").authority == "[2001:db8::1]:80")
        #expect(try EndpointURL(parsing: "https://10.0.0.1").ipAddress == IPAddress("10.0.0.1"))
    }

    @Test(
        "only localhost, 127.a.b.c and ::1 are literally loopback",
        arguments: [
            ("http://localhost", true), ("http://LOCALHOST:8200/v1", true), ("http://127.0.0.1", true),
            ("http://127.255.0.3", true), ("http://[::1]:8200", true), ("http://localhost.example.com", false),
            ("http://foo.localhost", false), ("http://localhosts", false), ("http://localhost.localdomain", false),
            ("http://128.0.0.1", false), ("http://[::]", false), ("http://[::ffff:127.0.0.1]", false),
            ("http://[::2]", false), ("http://127.0.0.1.nip.io", false), ("http://0.0.0.0", false),
            ("http://h/localhost", false),
        ]
    )
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try EndpointURL(parsing: text).isLiteralLoopback == isLoopback)
    }

    @Test("a URL, a host and a label of the greatest length are accepted, and nothing longer")
    func limits() throws {
        let label = String(repeating: "a", count: 63)
        let host = [label, label, label, String(repeating: "a", count: 61)].joined(separator: ".")
        #expect(host.utf8.count == 253)
        let url = "https://\(host)/"
        let text = url + String(repeating: "x", count: EndpointURL.maximumLength - url.utf8.count)
        #expect(try EndpointURL(parsing: text).description == text)
        #expect(throws: EndpointURLError.tooLong) { try EndpointURL(parsing: text + "x") }
        #expect(throws: EndpointURLError.hostTooLong) { try EndpointURL(parsing: "https://\(host)a") }
        #expect(throws: EndpointURLError.hostTooLong) { try EndpointURL(parsing: "https://\(label)a.example") }
        #expect(throws: EndpointURLError.tooLong) { try EndpointURL(parsing: String(repeating: "é", count: 1_000_000)) }
    }
}
