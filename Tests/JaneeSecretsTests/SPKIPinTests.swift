import JaneeSecrets
import Testing

@Suite("Pins")
struct SPKIPinTests {
    private static let text = "mwfzP4tLOFMFqSiPNKKR/8+YS6SMlHlsgrO3Zp4WPsc="

    @Test("are base64 of 32 bytes, with or without the name of the digest")
    func valid() throws {
        let pin = try #require(SPKIPin(parsing: Self.text))
        #expect(pin.digest.prefix(3) == [0x9B, 0x07, 0xF3])
        #expect(pin.digest.suffix(3) == [0x16, 0x3E, 0xC7])
        #expect(pin.digest.count == SPKIPin.length)
        #expect(SPKIPin(parsing: "sha256/" + Self.text) == pin)
        #expect(SPKIPin(digest: pin.digest) == pin)
        #expect(SPKIPin(parsing: String(repeating: "A", count: 43) + "=")?.digest.allSatisfy { $0 == 0 } == true)
        #expect(SPKIPin(parsing: String(repeating: "/", count: 42) + "8=")?.digest.allSatisfy { $0 == 0xFF } == true)
    }

    @Test(
        "have one spelling",
        arguments: [
            "", "=", "sha256/", "sha1/\(text)", "SHA256/\(text)", "sha256//\(text)", String(text.dropLast()),
            text + "=",
            " " + text, text + "\n", "sha256/sha256/\(text)", String(repeating: "A", count: 44),
            String(repeating: "A", count: 40), String(repeating: "A", count: 42) + "==",
            text.replacing("/", with: "_"), text.replacing("sc=", with: "sd="),
            text.replacing("m", with: "é"),
            "9b07f33f8b4b385305a9288f34a291ffcf984ba48c94796c82b3b7669e163ec7",
        ]
    )
    func invalid(_ text: String) {
        #expect(SPKIPin(parsing: text) == nil)
    }

    @Test("are made of digests of their length only", arguments: [0, 20, 31, 33, 64])
    func lengths(_ count: Int) {
        #expect(SPKIPin(digest: Array(repeating: 1, count: count)) == nil)
    }
}
