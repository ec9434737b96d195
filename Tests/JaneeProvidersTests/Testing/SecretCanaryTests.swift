import JaneeSecrets
import JaneeSecretsTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Canaries and finding them")
struct SecretCanaryTests {
    static let shapes = SecretCanary.Shape.allCases

    @Test("no two canaries are alike, and none is a short or guessable value", arguments: shapes)
    func random(shape: SecretCanary.Shape) {
        let canaries = (0..<50).map { _ in SecretCanary(shape).bytes }
        #expect(Set(canaries).count == 50)
        #expect(canaries.allSatisfy { $0.count >= 40 })
    }

    @Test("the same random numbers give the same canary", arguments: shapes)
    func reproducible(shape: SecretCanary.Shape) {
        var (first, second) = (Counter(), Counter())
        #expect(SecretCanary(shape, using: &first).bytes == SecretCanary(shape, using: &second).bytes)
    }

    @Test("only the binary shape is no text")
    func text() {
        for canary in SecretCanary.ofEveryShape() {
            #expect((canary.text == nil) == (canary.shape == .binary))
            #expect(canary.value.count == canary.bytes.count)
        }
    }

    @Test("printing a canary does not spread it", arguments: shapes)
    func printing(shape: SecretCanary.Shape) {
        let canary = SecretCanary(shape)
        var dumped = ""
        dump(canary, to: &dumped)
        for text in ["\(canary)", String(reflecting: canary), dumped] { #expect(canary.forms(in: text).isEmpty) }
    }

    @Test("a canary is found as it is, anywhere in other bytes", arguments: shapes)
    func exact(shape: SecretCanary.Shape) {
        let canary = SecretCanary(shape)
        for bytes in [canary.bytes, [1, 2] + canary.bytes, canary.bytes + [3], [4] + canary.bytes + [5]] {
            #expect(canary.forms(in: bytes) == [.exact])
        }
        if let text = canary.text { #expect(canary.forms(in: "before \(text) after") == [.exact]) }
    }

    @Test("a canary is found in base64 at every alignment, padded or not, in lines or not", arguments: shapes, 0..<3)
    func base64(shape: SecretCanary.Shape, alignment: Int) {
        let canary = SecretCanary(shape)
        for prefix in [alignment, alignment + 3, alignment + 57] {
            for suffix in 0..<3 {
                let bytes =
                    [UInt8](repeating: 0xA5, count: prefix) + canary.bytes + [UInt8](repeating: 0x5A, count: suffix)
                let encoded = Data(bytes).base64EncodedString()
                #expect(canary.forms(in: encoded).contains(.base64))
                #expect(canary.forms(in: "x \(encoded.replacing("=", with: "")) y").contains(.base64))
                #expect(
                    canary.forms(in: Data(bytes).base64EncodedString(options: .lineLength76Characters))
                        .contains(.base64)
                )
            }
        }
    }

    @Test("a canary is found in base64 with the alphabet of URLs", arguments: shapes, 0..<3)
    func base64URL(shape: SecretCanary.Shape, alignment: Int) {
        let canary = SecretCanary(shape)
        let bytes = [UInt8](repeating: 0xFB, count: alignment) + canary.bytes
        let encoded = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        let forms = canary.forms(in: encoded)
        // The two alphabets agree where neither of the last two characters occurs.
        #expect(forms == [.base64URL] || forms == [.base64] || forms == [.base64, .base64URL])
    }

    @Test("bytes whose base64 differs between the alphabets are told apart")
    func alphabets() {
        let detector = SecretDetector([UInt8](repeating: 0xFB, count: 12) + [UInt8](repeating: 0xFF, count: 12))
        let standard = Data([UInt8](repeating: 0xFB, count: 12) + [UInt8](repeating: 0xFF, count: 12))
            .base64EncodedString()
        #expect(detector.forms(in: standard) == [.base64])
        #expect(detector.forms(in: standard.replacing("+", with: "-").replacing("/", with: "_")) == [.base64URL])
    }

    @Test("a canary is found in hexadecimal of either case, also in groups", arguments: shapes, [false, true])
    func hexadecimal(shape: SecretCanary.Shape, isUppercase: Bool) {
        let canary = SecretCanary(shape)
        let pairs = canary.bytes.map { byte in
            String(byte >> 4, radix: 16, uppercase: isUppercase) + String(byte & 15, radix: 16, uppercase: isUppercase)
        }
        #expect(canary.forms(in: "0x" + pairs.joined()) == [.hexadecimal])
        #expect(canary.forms(in: pairs.joined(separator: " ")) == [.hexadecimal])
    }

    @Test(
        "a canary is found with all bytes, or only the unusual ones, percent-encoded",
        arguments: shapes,
        [false, true]
    )
    func percentEncoded(shape: SecretCanary.Shape, isComplete: Bool) {
        let canary = SecretCanary(shape)
        var encoded = "q="
        for byte in canary.bytes {
            if !isComplete, byte < 0x80,
                Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
            {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16).uppercased()
            }
        }
        let forms = canary.forms(in: encoded)
        // The random part of most shapes needs no escapes, so a partly encoded canary holds it as it is.
        #expect(forms == (isComplete || shape == .binary ? [.percentEncoded] : [.exact]))
    }

    @Test("a canary is found in what JSON makes of it", arguments: shapes.filter { $0 != .binary })
    func json(shape: SecretCanary.Shape) throws {
        let canary = SecretCanary(shape)
        let encoded = try JSONEncoder().encode(["key": try #require(canary.text)])
        #expect(!canary.forms(in: encoded).isEmpty)
    }

    @Test("nothing is found where there is no canary", arguments: shapes)
    func absent(shape: SecretCanary.Shape) {
        let canary = SecretCanary(shape)
        let other = SecretCanary(shape)
        let haystacks: [[UInt8]] = [
            [], Array("nothing to see here, 100%".utf8), other.bytes, Array(canary.bytes.dropLast(30)),
            Array(canary.bytes.reversed()),
            Array(Data(other.bytes).base64EncodedData()), Array("%".utf8), Array("%4".utf8), Array("%zz".utf8),
        ]
        for haystack in haystacks { #expect(canary.forms(in: haystack).isEmpty) }
    }

    @Test("secrets that are too short are not looked for")
    func tooShort() {
        #expect(SecretDetector([]).forms(in: "anything").isEmpty)
        #expect(SecretDetector("abcde".utf8).forms(in: "abcde").isEmpty)
        #expect(SecretDetector("abcdef".utf8).forms(in: "xabcdefx") == [.exact])
    }

    @Test("a needle is found in a haystack made to confuse the search")
    func repetitive() {
        let needle = [UInt8](repeating: 0x61, count: 20) + [0x62] + [UInt8](repeating: 0x61, count: 20)
        let haystack = [UInt8](repeating: 0x61, count: 500) + needle + [UInt8](repeating: 0x61, count: 500)
        #expect(SecretDetector(needle).forms(in: haystack) == [.exact])
        #expect(SecretDetector(needle).forms(in: [UInt8](repeating: 0x61, count: 1000)).isEmpty)
    }
}

/// Numbers that are not random at all.
private struct Counter: RandomNumberGenerator {
    private var state: UInt64 = 0

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return state ^ (state >> 29)
    }
}
