import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeCore

@Suite("Removing credentials from answers")
struct CredentialScrubberTests {
    private static let key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"

    private func scrub(_ text: String, _ credentials: String...) -> (text: String, count: Int) {
        CredentialScrubber(credentials.map { SecretValue($0) }).scrub(text)
    }

    private func scrub(_ bytes: [UInt8], _ credentials: [[UInt8]]) -> [UInt8] {
        var bytes = bytes
        _ = CredentialScrubber(credentials.map { SecretValue($0) }).scrub(&bytes)
        return bytes
    }

    /// Base64 by its definition, bit by bit.
    private static func base64(_ bytes: [UInt8], urlSafe: Bool, padded: Bool = true) -> String {
        let last = urlSafe ? "-_" : "+/"
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)")
        var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        while !bits.count.isMultiple(of: 6) { bits.append(0) }
        var text = ""
        for start in stride(from: 0, to: bits.count, by: 6) {
            text.append(alphabet[bits[start..<start + 6].reduce(0) { $0 << 1 | Int($1) }])
        }
        while padded, !text.count.isMultiple(of: 4) { text.append("=") }
        return text
    }

    @Test("the credential itself is replaced wherever it stands")
    func exact() {
        let key = Self.key
        #expect(scrub(key, key) == ("[REDACTED]", 1))
        #expect(scrub("\(key) in front", key) == ("[REDACTED] in front", 1))
        #expect(scrub("at the end \(key)", key) == ("at the end [REDACTED]", 1))
        #expect(scrub("a\(key)b\(key)c", key) == ("a[REDACTED]b[REDACTED]c", 2))
        #expect(scrub("\(key)\(key)", key) == ("[REDACTED][REDACTED]", 2))
        #expect(scrub("Bearer \(key)\r\n{\"k\":\"\(key)\"}", key) == ("Bearer [REDACTED]\r\n{\"k\":\"[REDACTED]\"}", 2))
    }

    @Test(
        "what only resembles the credential stays",
        arguments: ["", "s", "sk_live_", "sk_live_4eC39HqLyjWDarjtT1zdp7d", "SK_LIVE"]
    )
    func similar(text: String) {
        #expect(scrub(text, Self.key) == (text, 0))
        #expect(scrub("x" + text + "x", Self.key) == ("x" + text + "x", 0))
    }

    @Test(
        "base64 is found at every alignment, in both alphabets, with any neighbours",
        arguments: 0..<6,
        [false, true]
    )
    func base64(before: Int, urlSafe: Bool) {
        // Bytes whose encodings differ between the alphabets.
        for key in [Array(Self.key.utf8), [0xFB, 0xEF, 0xBE, 0xFF, 0xFE, 0x3F, 0xFB, 0xF0, 0x41, 0x7E, 0xFF, 0xFF]] {
            for after in 0..<4 {
                let plain = [UInt8](repeating: 0x78, count: before) + key + [UInt8](repeating: 0x79, count: after)
                for padded in [true, false] {
                    let encoded = Self.base64(plain, urlSafe: urlSafe, padded: padded)
                    let text = "{\"value\":\"\(encoded)\"}"
                    let scrubbed = String(decoding: scrub(Array(text.utf8), [key]), as: UTF8.self)
                    #expect(scrubbed.contains("[REDACTED]"), "\(before) \(after)")
                    // At most two characters on each side depend on the neighbours too and stay.
                    #expect(scrubbed.utf8.count <= text.utf8.count - (key.count * 8 / 6 - 2) + 10)
                    #expect(scrubbed.hasPrefix("{\"value\":\"") && scrubbed.hasSuffix("\"}"))
                }
            }
        }
    }

    @Test("what is left of a base64 form does not decode to three bytes of the credential in a row")
    func nothingLeft() {
        let key = Array(Self.key.utf8)
        for before in 0..<3 {
            let plain = [UInt8](repeating: 0, count: before) + key + [0, 0, 0]
            let scrubbed = String(decoding: scrub(Array(Self.base64(plain, urlSafe: false).utf8), [key]), as: UTF8.self)
            for piece in scrubbed.split(separator: "[REDACTED]") { #expect(piece.utf8.count <= 8, "\(scrubbed)") }
        }
    }

    @Test("several credentials are all replaced, the longer form first")
    func several() {
        #expect(scrub("abcdef abc def", "abc", "abcdef") == ("[REDACTED] [REDACTED] def", 2))
        #expect(scrub("abcdef abc def", "abcdef", "abc") == ("[REDACTED] [REDACTED] def", 2))
        #expect(scrub("xabcdefx", "bcd", "abcdef") == ("x[REDACTED]x", 1))
        #expect(scrub("one two", "one", "two", "one") == ("[REDACTED] [REDACTED]", 2))
    }

    @Test("overlapping occurrences leave no rest of either")
    func overlapping() {
        #expect(scrub("abcdefg", "abcd", "defg") == ("[REDACTED]", 1))
        #expect(scrub("xabcdefghix", "abcd", "defg", "ghi") == ("x[REDACTED]x", 1))
        // A credential that overlaps itself.
        #expect(scrub("-abcabcab-", "abcab").text == "-[REDACTED]-")
        #expect(scrub("aaaaa", "aa").text.contains("a") == false)
    }

    @Test("no needle, no change")
    func empty() {
        #expect(scrub("anything", "") == ("anything", 0))
        #expect(scrub("anything") == ("anything", 0))
        #expect(scrub("", "a") == ("", 0))
    }

    @Test("a short credential is removed as it is", arguments: ["a", "ab", "pin", "1234", "admin"])
    func short(key: String) {
        #expect(scrub("<\(key)>", key) == ("<[REDACTED]>", 1))
    }

    @Test("binary answers and binary credentials")
    func binary() {
        let key: [UInt8] = [0xFF, 0x00, 0xC3, 0x28, 0x0A, 0x80]
        let body: [UInt8] = [0x00, 0xFE] + key + [0x00] + key
        let redacted = Array("[REDACTED]".utf8)
        #expect(scrub(body, [key]) == [0x00, 0xFE] + redacted + [0x00] + redacted)
        #expect(scrub([0xFF, 0x00, 0xC3], [key]) == [0xFF, 0x00, 0xC3])
        #expect(scrub([], [key]) == [])
    }

    @Test("a credential that is part of the replacement does not go round in circles")
    func replacementWord() {
        #expect(scrub("REDACTED", "REDACTED") == ("[REDACTED]", 1))
        #expect(scrub("[REDACTED]", "[REDACTED]") == ("[REDACTED]", 1))
    }

    @Test("random texts: afterwards no credential is left and everything else is as it was")
    func random() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            let alphabet = ["a", "b", "c"]
            let keys = (0..<2).map { _ in generator.text(of: alphabet, length: 2...5) }
            let text = generator.text(of: alphabet + ["x", "yy"], length: 0...30)
            let scrubbed = CredentialScrubber(keys.map { SecretValue($0) }).scrub(text)
            let rest = scrubbed.text.split(separator: "[REDACTED]", omittingEmptySubsequences: false)
            for key in keys { #expect(!rest.contains { $0.contains(key) }, "\(keys) in \(text)") }
            // Marking every byte that is covered by some occurrence gives what must be gone.
            let bytes = Array(text.utf8)
            var covered = [Bool](repeating: false, count: bytes.count)
            for key in keys.map({ Array($0.utf8) }) where key.count <= bytes.count {
                for start in 0...bytes.count - key.count where bytes[start..<start + key.count].elementsEqual(key) {
                    for index in start..<start + key.count { covered[index] = true }
                }
            }
            let kept = zip(bytes, covered).filter { !$1 }.map(\.0)
            #expect(Array(rest.joined().utf8) == kept, "\(keys) in \(text)")
        }
    }

    @Test("10 MiB are searched once for each form")
    func large() {
        let key = Array(Self.key.utf8)
        var body = [UInt8](repeating: key[0], count: 5 << 20) + [UInt8](repeating: 0x20, count: 5 << 20)
        body.replaceSubrange(1000..<1000 + key.count, with: key)
        body += key
        let scrubbed = scrub(body, [key])
        #expect(scrubbed.count == body.count - 2 * key.count + 20)
        #expect(scrubbed.suffix(10).elementsEqual("[REDACTED]".utf8))
        #expect(scrub(Array(scrubbed), [key]) == scrubbed)
    }
}
