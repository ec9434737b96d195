import JaneeSecrets
import Testing

@Suite("Refused endpoint URLs")
struct NetworkEndpointURLErrorTests {
    @Test(
        "a scheme other than http and https, or nothing at all, is refused",
        arguments: [
            ("", .empty), ("example.com", .unsupportedScheme), ("//example.com", .unsupportedScheme),
            ("/v1", .unsupportedScheme), ("ftp://example.com", .unsupportedScheme),
            ("file:///etc/passwd", .unsupportedScheme), ("https:example.com", .unsupportedScheme),
            ("https:/example.com", .unsupportedScheme), ("httpss://example.com", .unsupportedScheme),
            ("https", .unsupportedScheme), ("http+unix://x", .unsupportedScheme), ("://x", .unsupportedScheme),
        ] as [(String, EndpointURLError)]
    )
    func scheme(text: String, error: EndpointURLError) {
        #expect(throws: error) { try EndpointURL(parsing: text) }
    }

    @Test(
        "characters that parsers disagree about are refused everywhere",
        arguments: [
            (" https://h", .whitespaceOrControl), ("https://h ", .whitespaceOrControl),
            ("https://h/a b", .whitespaceOrControl), ("https://h\n", .whitespaceOrControl),
            ("https://h\r\nX: y", .whitespaceOrControl), ("ht\ttps://h", .whitespaceOrControl),
            ("https://h/\0", .whitespaceOrControl), ("https://h/\u{7F}", .whitespaceOrControl),
            ("https://h/\u{1B}[31m", .whitespaceOrControl), (" ", .whitespaceOrControl),
            ("https://bücher.example", .nonASCII), ("https://h/é", .nonASCII), ("https://h\u{A0}", .nonASCII),
            ("https://ｅxample.com", .nonASCII), ("https://a。b", .nonASCII), ("https://h\u{202E}", .nonASCII),
            ("https:\\\\h", .backslash), ("https://h\\@evil", .backslash), ("https://h/a\\b", .backslash),
        ] as [(String, EndpointURLError)]
    )
    func characters(text: String, error: EndpointURLError) {
        #expect(throws: error) { try EndpointURL(parsing: text) }
    }

    @Test(
        "user information, queries and fragments are refused",
        arguments: [
            ("https://user@h", .userInfo), ("https://user:pw@h", .userInfo), ("https://@h", .userInfo),
            ("https://:@h", .userInfo), ("https://h@", .userInfo), ("https://a:b:c@[::1]:80", .userInfo),
            ("https://h?", .query), ("https://h?a=b", .query), ("https://h/?a", .query),
            ("https://h/v1?token=x", .query),
            ("https://?", .query), ("https://u:p?w@h", .query), ("https://h#", .fragment), ("https://h/#a", .fragment),
            ("https://h#@evil", .fragment), ("https://h?a#b", .fragment),
        ] as [(String, EndpointURLError)]
    )
    func secretCarriers(text: String, error: EndpointURLError) {
        #expect(throws: error) { try EndpointURL(parsing: text) }
    }

    @Test(
        "a host that is no plain name is refused",
        arguments: [
            ("https://", .emptyHost), ("https:///v1", .emptyHost), ("https://:443", .emptyHost),
            ("https://a*b", .hostCharacter), ("https://a,b", .hostCharacter), ("https://a!b", .hostCharacter),
            ("https://a~b", .hostCharacter), ("https://a;b", .hostCharacter), ("https://a[b]", .hostCharacter),
            ("https://<h>", .hostCharacter), ("https://a|b", .hostCharacter), ("https://${HOST}", .hostCharacter),
            ("https://%65xample.com", .percentEncodedHost), ("https://example%2ecom", .percentEncodedHost),
            ("https://a%00b", .percentEncodedHost), ("https://u%40h", .percentEncodedHost),
            ("https://a..b", .emptyLabel), ("https://.a", .emptyLabel), ("https://.", .emptyLabel),
            ("https://..", .trailingDot), ("https://a.", .trailingDot), ("https://localhost.", .trailingDot),
            ("https://127.0.0.1.", .trailingDot), ("https://a.:80", .trailingDot),
        ] as [(String, EndpointURLError)]
    )
    func host(text: String, error: EndpointURLError) {
        #expect(throws: error) { try EndpointURL(parsing: text) }
    }

    @Test(
        "a numeric host that is not a dotted quad is refused",
        arguments: [
            "0x7f.1", "2130706433", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "0X7F000001", "0",
            "0x", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.256", "01.2.3.4", "1.2.3.08", "a.1", "example.0x1f",
            "example.com.123", "foo.0x", "127.0.0.0x1", "017700000001", "00.0.0.0", "1.2.3.0xFF",
        ]
    )
    func numericHost(host: String) {
        #expect(throws: EndpointURLError.numericHost) { try EndpointURL(parsing: "http://\(host)/") }
        #expect(throws: EndpointURLError.numericHost) { try EndpointURL(parsing: "https://\(host):8200") }
    }

    @Test(
        "IPv6 needs brackets, its canonical spelling and no zone",
        arguments: [
            ("http://::1", .unbracketedIPv6), ("http://fe80::1", .unbracketedIPv6),
            ("http://h:80:80", .unbracketedIPv6),
            ("http://[::1", .invalidIPv6), ("http://[]", .invalidIPv6), ("http://[", .invalidIPv6),
            ("http://[::1]x", .invalidIPv6), ("http://[::1]]", .invalidIPv6), ("http://[[::1]]", .invalidIPv6),
            ("http://[127.0.0.1]", .invalidIPv6), ("http://[localhost]", .invalidIPv6), ("http://[v1.a]", .invalidIPv6),
            ("http://[::1/]", .invalidIPv6), ("http://[::g]", .invalidIPv6), ("http://[::1]:80:80", .unbracketedIPv6),
            ("http://[0:0:0:0:0:0:0:1]", .nonCanonicalIPv6), ("http://[::0001]", .nonCanonicalIPv6),
            ("http://[2001:db8:0:0::1]", .nonCanonicalIPv6), ("http://[::127.0.0.1]", .nonCanonicalIPv6),
            ("http://[::ffff:7f00:1]", .nonCanonicalIPv6), ("http://[fe80::1%25eth0]", .zoneIdentifier),
            ("http://[fe80::1%eth0]", .zoneIdentifier), ("http://[::%31]", .zoneIdentifier),
        ] as [(String, EndpointURLError)]
    )
    func ipv6(text: String, error: EndpointURLError) {
        #expect(throws: error) { try EndpointURL(parsing: text) }
    }

    @Test(
        "a port is a decimal number from 1 to 65535",
        arguments: [
            "", "0", "00", "080", "65536", "99999999999999999999", "-1", "+80", "80a", "0x50", "a", "8.0", "%38",
        ]
    )
    func port(port: String) {
        #expect(throws: EndpointURLError.invalidPort) { try EndpointURL(parsing: "https://h:\(port)") }
        #expect(throws: EndpointURLError.invalidPort) { try EndpointURL(parsing: "https://[::1]:\(port)/x") }
    }

    @Test(
        "a path that servers might read in two ways is refused",
        arguments: [
            ("/.", .dotSegment), ("/..", .dotSegment), ("/./", .dotSegment), ("/a/../b", .dotSegment),
            ("/a/..", .dotSegment), ("/a/./b", .dotSegment), ("/%2e", .dotSegment), ("/a/%2E%2e/b", .dotSegment),
            ("/.%2e", .dotSegment), ("/...", .dotSegment), ("//", .emptyPathSegment), ("//a", .emptyPathSegment),
            ("/a//b", .emptyPathSegment), ("/a//", .emptyPathSegment), ("/a;b", .pathParameter),
            ("/..;/b", .pathParameter), ("/;", .pathParameter), ("/%", .invalidEscape), ("/%4", .invalidEscape),
            ("/%4/", .invalidEscape), ("/%zz", .invalidEscape), ("/%4g", .invalidEscape), ("/%%41", .invalidEscape),
            ("/%+1", .invalidEscape), ("/a%2Fb", .forbiddenEscape), ("/a%2fb", .forbiddenEscape),
            ("/%5C", .forbiddenEscape), ("/%5c", .forbiddenEscape), ("/%00", .forbiddenEscape),
            ("/%0d%0a", .forbiddenEscape), ("/%1F", .forbiddenEscape), ("/%7f", .forbiddenEscape),
            ("/%C2%80", .forbiddenEscape), ("/a%c2%9bb", .forbiddenEscape), ("/<a>", .pathCharacter),
            ("/a\"b", .pathCharacter), ("/{id}", .pathCharacter), ("/a|b", .pathCharacter), ("/a^b", .pathCharacter),
            ("/a`b", .pathCharacter), ("/[a]", .pathCharacter),
        ] as [(String, EndpointURLError)]
    )
    func path(path: String, error: EndpointURLError) {
        #expect(throws: error) { try EndpointURL(parsing: "https://h" + path) }
    }

    @Test("every error says something of its own")
    func descriptions() {
        let texts = EndpointURLError.allCases.map(\.description)
        #expect(Set(texts).count == EndpointURLError.allCases.count)
        #expect(texts.allSatisfy { $0.utf8.count > 30 && !$0.hasSuffix(".") })
    }

    @Test(
        "no error quotes the text",
        arguments: [
            "https://user:hunter2@h", "https://h?hunter2", "https://h#hunter2", "hunter2", "https://h:hunter2",
            "https://hunter2*", "https://[hunter2]", "https://h/hunter2;", "https://h/hunter2//",
            "https://u:hunter2/x@h",
        ]
    )
    func quotesNothing(text: String) {
        let error = #expect(throws: EndpointURLError.self) { try EndpointURL(parsing: text) }
        #expect(error?.description.contains("hunter2") == false)
    }
}
