import Testing

@testable import JaneeHTTP

@Suite("Names in certificates")
struct CertificateNameTests {
    @Test(
        "match themselves in any case, and wildcards one whole label",
        arguments: [
            ("example.com", "example.com"), ("EXAMPLE.com", "example.com"), ("localhost", "localhost"),
            ("*.example.com", "a.example.com"), ("*.a.example.com", "b.a.example.com"),
        ]
    )
    func matching(_ name: String, _ host: String) {
        #expect(CertificateName(name.utf8).matches(host))
    }

    @Test(
        "match nothing else",
        arguments: [
            ("example.com", "example.org"), ("example.com", "a.example.com"), ("a.example.com", "example.com"),
            ("*.example.com", "example.com"), ("*.example.com", "a.b.example.com"), ("*.example.com", ".example.com"),
            ("*", "localhost"), ("*.*.com", "a.example.com"), ("a*.example.com", "ab.example.com"),
            ("a.*.com", "a.example.com"), ("", "localhost"), ("example.com\u{0}", "example.com"),
            ("example.com.", "example.com"), ("*", ""),
        ]
    )
    func notMatching(_ name: String, _ host: String) {
        #expect(!CertificateName(name.utf8).matches(host))
    }
}
