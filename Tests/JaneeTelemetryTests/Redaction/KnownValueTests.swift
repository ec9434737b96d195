import JaneeSecrets
import JaneeSecretsTesting
import JaneeTelemetry
import JaneeTestSupport
import Testing

@Suite("Known values in foreign text")
struct KnownValueTests {
    /// How a value gets into a text.
    enum Encoding: String, CaseIterable {
        case exact, base64, base64URL, lowerHex, upperHex, percent, lowerPercent, fullPercent, form, json, fullJSON
        case nestedJSON, percentInJSON, jsonInPercent, display, brokenBase64

        func apply(_ bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .exact: bytes
            case .base64: TextEncodings.base64(bytes)
            case .base64URL: TextEncodings.base64(bytes, last: "-_", padding: false)
            case .lowerHex: TextEncodings.hexadecimal(bytes, "0123456789abcdef")
            case .upperHex: TextEncodings.hexadecimal(bytes, "0123456789ABCDEF")
            case .percent: TextEncodings.percent(bytes)
            case .lowerPercent: TextEncodings.percent(bytes, "0123456789abcdef")
            case .fullPercent: TextEncodings.percent(bytes, all: true)
            case .form:
                TextEncodings.percent(bytes).split(separator: Array("%20".utf8), omittingEmptySubsequences: false)
                    .joined(separator: [0x2B]).map(\.self)
            case .json: TextEncodings.json(bytes)
            case .fullJSON: TextEncodings.json(bytes, all: true)
            case .nestedJSON: TextEncodings.json(TextEncodings.json(TextEncodings.json(bytes)))
            case .percentInJSON: TextEncodings.json(TextEncodings.percent(bytes))
            case .jsonInPercent: TextEncodings.percent(TextEncodings.json(bytes))
            case .display: Array(DisplayText.escaped(String(decoding: bytes, as: UTF8.self)).utf8)
            case .brokenBase64: TextEncodings.broken(TextEncodings.base64(bytes), every: 20)
            }
        }

        /// Whether it needs a value that is text.
        var needsText: Bool {
            [.json, .fullJSON, .nestedJSON, .percentInJSON, .jsonInPercent, .display].contains(self)
        }
    }

    @Test("are found in every encoding, wherever they stand", arguments: SecretCanary.Shape.allCases, Encoding.allCases)
    func encodings(shape: SecretCanary.Shape, encoding: Encoding) throws {
        let canary = SecretCanary(shape)
        guard canary.text != nil || !encoding.needsText else { return }
        let redactor = Redactor()
        redactor.register(canary.value)
        for before in 0..<5 {
            for after in 0..<3 {
                // Encoded together with what surrounds it, which gives base64 its three alignments.
                let inner =
                    [UInt8](repeating: 0x61, count: before) + canary.bytes + [UInt8](repeating: 0x7A, count: after)
                let leak = Array("say: ".utf8) + encoding.apply(inner) + Array(" end".utf8)
                var bytes = leak
                #expect(redactor.redact(&bytes, []))
                #expect(canary.forms(in: bytes).isEmpty, "\(before) bytes before, \(after) after")
                #expect(bytes.starts(with: "say: ".utf8) && bytes.reversed().starts(with: "dne ".utf8))
                #expect(bytes.count < leak.count)
                var again = bytes
                #expect(!redactor.redact(&again, []))
                #expect(again == bytes)
            }
        }
    }

    @Test("a planted leak is found by the detector of this test", arguments: SecretCanary.Shape.allCases)
    func detector(shape: SecretCanary.Shape) {
        let canary = SecretCanary(shape)
        for encoding in [Encoding.exact, .base64, .base64URL, .lowerHex, .upperHex, .fullPercent, .brokenBase64] {
            #expect(!canary.forms(in: encoding.apply(canary.bytes)).isEmpty, "\(encoding)")
        }
        var other = Encoding.base64.apply(canary.bytes)
        #expect(!Redactor().redact(&other, []), "what nobody registered is not known")
    }

    @Test("several of them, repeated and overlapping, all go")
    func several() {
        let redactor = Redactor()
        for value in ["abcdefgh", "efghijkl", "abcdefghijklmnop", "xyxyxy"] { redactor.register(SecretValue(value)) }
        #expect(redactor.redact("1abcdefgh2", []) == "1***2")
        #expect(redactor.redact("1abcdefghijkl2", []) == "1***2")
        #expect(redactor.redact("1abcdefghijklmnop2", []) == "1***2")
        #expect(redactor.redact("xyxyxyxyx", []) == "***x")
        #expect(redactor.redact("abcdefgh abcdefgh", []) == "*** ***")
        #expect(redactor.redact("abcdefg", []) == "abcdefg")
    }

    @Test("the form without white space at its ends and the lines of a longer one are known too")
    func partial() {
        let redactor = Redactor()
        redactor.register(SecretValue(" padded-value \r\n"))
        redactor.register(SecretValue("-----BEGIN X-----\nMIIEvQIBADANBgkqhkiG\nshort\n-----END X-----\n"))
        #expect(redactor.redact("<padded-value>", []) == "<***>")
        #expect(redactor.redact("near MIIEvQIBADANBgkqhkiG and short", []) == "near *** and short")
        #expect(redactor.redact("-----BEGIN X-----", []) == "-----BEGIN X-----")
    }

    @Test("values that are ordinary words by their length are not looked for")
    func short() {
        let redactor = Redactor()
        for value in ["", "a", "true", "admin"] { redactor.register(SecretValue(value)) }
        #expect(redactor.count == 0)
        #expect(redactor.redact("a true admin", []) == "a true admin")
        redactor.register(SecretValue("123456"))
        #expect(redactor.redact("it is 123456.", []) == "it is ***.")
    }

    @Test("the same value again takes no room, and of too many the least recently seen are forgotten")
    func bounded() {
        let redactor = Redactor(limit: 8)
        for _ in 0..<100 { redactor.register(SecretValue("value-0")) }
        #expect(redactor.count == 1)
        for number in 1..<8 { redactor.register(SecretValue("value-\(number)")) }
        redactor.register(SecretValue("value-0"))
        redactor.register(SecretValue("value-8"))
        #expect(redactor.count == 7)
        let text = (0..<9).map { "value-\($0)" }.joined(separator: " ")
        #expect(redactor.redact(text, []) == "*** value-1 value-2 *** *** *** *** *** ***")
    }

    @Test("bytes without a known value stay as they are, and two times is like once")
    func random() {
        var generator = SeededGenerator(seed: 12)
        let redactor = Redactor(limit: 4096, using: &generator)
        for _ in 0..<500 { redactor.register(SecretValue(generator.bytes(Int.random(in: 6...64, using: &generator)))) }
        for _ in 0..<20 {
            let bytes = generator.bytes(20_000)
            var redacted = bytes
            #expect(!redactor.redact(&redacted))
            #expect(redacted == bytes)
        }
        let pieces = [
            "value-1", "%", "\\", "\\u00", "%76", "v", "1", "\n", "dmFsdWUtMQ", "76616c75652d31", "token=", "\"", ":",
        ]
        redactor.register(SecretValue("value-1"))
        for _ in 0..<2000 {
            let once = redactor.redact(generator.text(of: pieces, length: 0...30))
            #expect(redactor.redact(once) == once)
            #expect(!once.contains("value-1"))
        }
    }

    @Test("the time does not explode on text that looks like values all the way")
    func repetitive() {
        let redactor = Redactor()
        for length in stride(from: 100, to: 4000, by: 100) {
            redactor.register(SecretValue([UInt8](repeating: 0x61, count: length) + Array("\(length)!".utf8)))
        }
        for piece in [
            "a", "token:", "token=$", "eyJ-", "://", "Bearer ", "-----BEGIN ", "\\\"", "%25", "s.", "\"key\":\"",
        ] {
            let text = String(repeating: piece, count: 20_000 / piece.utf8.count)
            let time = ContinuousClock().measure { _ = redactor.redact(text) }
            #expect(time < .seconds(10), "\(piece) took \(time)")
        }
    }
}
