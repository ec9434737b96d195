import JaneeSecrets
import Testing

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test("exactly the unreserved characters of RFC 3986 stay as they are")
    func unreserved() {
        let expected = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        for byte in UInt8.min ... .max { #expect(PercentEncoding.isUnreserved(byte) == expected.contains(byte)) }
    }

    @Test("hexadecimal digits have values, other bytes none")
    func hexDigits() {
        for byte in UInt8.min ... .max {
            let digit = byte < 0x80 ? Character(Unicode.Scalar(byte)).hexDigitValue : nil
            #expect(PercentEncoding.hexDigit(byte).map(Int.init) == digit)
        }
    }

    @Test(
        "a segment is encoded byte by byte, in upper case",
        arguments: [
            ("", ""), ("aZ0-._~", "aZ0-._~"), ("a b", "a%20b"), ("a/b", "a%2Fb"), ("%41", "%2541"),
            ("\u{E9}", "%C3%A9"),
            ("e\u{301}", "e%CC%81"), ("\u{0}\n", "%00%0A"), ("+&=?#", "%2B%26%3D%3F%23"), ("\u{1F511}", "%F0%9F%94%91"),
        ]
    )
    func segments(text: String, encoded: String) {
        #expect(PercentEncoding.encodeSegment(text) == encoded)
    }
}
