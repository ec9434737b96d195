import JaneeTestSupport
import Testing

@testable import JaneeCore

@Suite("Properties of canonical paths, on random input")
struct RequestTargetPropertyTests {
    /// What attacks are made of.
    private static let pieces = [
        "/", "/", "/", ".", "..", "%2e", "%2E", "%252e", "%25", "%", "2", "5", "e", "E", "f", "F", "c", "%2f", "%5c",
        "\\",
        ";", "%3b", "?", "#", "&", "=", "+", "_method", "_", "a", "v1", "charges", "%63", "%c0%ae", "%EF%BC%8E",
        "%E2%80%A5",
        "%00", "%0a", "\n", " ", "\u{7F}", "é", "．", "%C3%A9", "|", "{", "\"", "@", ":", "*", "%zz", "%7e", "~", "//",
        "%20",
    ]

    private static func target(_ text: String) -> RequestTarget? {
        try? RequestTarget(parsing: text)
    }

    /// One more decoding, as a server might do it; what is no escape stays.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                rest.first != UInt8(ascii: "+")
            {
                output.append(value)
                rest = rest.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return output
    }

    private static func expectInnocent(_ target: RequestTarget) {
        var reading = Array(target.path.utf8)
        let slashes = reading.count { $0 == UInt8(ascii: "/") }
        while true {
            #expect(reading.count { $0 == UInt8(ascii: "/") } == slashes, "\(target)")
            #expect(!reading.contains { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: ";") }, "\(target)")
            #expect(!reading.contains { $0 < 0x20 || $0 == 0x7F }, "\(target)")
            for segment in reading.split(separator: UInt8(ascii: "/")) {
                #expect(!segment.elementsEqual("..".utf8) && !segment.elementsEqual(".".utf8), "\(target)")
            }
            let next = decoded(reading)
            if next == reading { return }
            reading = next
        }
    }

    private static func expectCanonical(_ target: RequestTarget) {
        #expect(Self.target(target.text) == target, "canonical text changes: \(target)")
        #expect(target.text.utf8.count <= RequestTarget.maximumLength)
        #expect(target.path.hasPrefix("/") && !target.path.contains("//"), "\(target)")
        #expect(isRFC3986(target.path, also: "/!$&'()*+,=:@"), "\(target)")
        #expect(isRFC3986(target.query ?? "", also: "/?!$&'()*+,=:@"), "\(target)")
    }

    /// Whether a text has only unreserved characters, those of `also`, and escapes of others in upper case.
    private static func isRFC3986(_ text: String, also: String) -> Bool {
        let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
        let plain = Set(unreserved.utf8).union(also.utf8)
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if plain.contains(byte) { continue }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard byte == UInt8(ascii: "%"), digits.utf8.count == 2, digits == digits.uppercased(),
                let value = UInt8(digits, radix: 16), !unreserved.utf8.contains(value)
            else { return false }
            rest = rest.dropFirst(2)
        }
        return true
    }

    @Test("paths made of what attacks are made of", arguments: 0..<10)
    func attackPieces(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<4000 {
            let text = (Bool.random(using: &generator) ? "/" : "") + generator.text(of: Self.pieces, length: 0...8)
            guard let target = Self.target(text) else { continue }
            accepted += 1
            Self.expectCanonical(target)
            Self.expectInnocent(target)
        }
        #expect(accepted > 100)
    }

    @Test("random bytes, raw and percent-encoded")
    func randomBytes() {
        var generator = SeededGenerator(seed: 99)
        var accepted = 0
        for round in 0..<10_000 {
            let bytes = generator.bytes(Int.random(in: 0...12, using: &generator))
            let text =
                round.isMultiple(of: 2)
                ? String(decoding: bytes, as: UTF8.self)
                : "/" + bytes.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            guard let target = Self.target(text) else { continue }
            accepted += 1
            Self.expectCanonical(target)
            Self.expectInnocent(target)
        }
        #expect(accepted > 50)
    }

    @Test("printable ASCII, mostly accepted")
    func printable() {
        var generator = SeededGenerator(seed: 7)
        var accepted = 0
        for _ in 0..<2000 {
            let bytes = generator.bytes(Int.random(in: 1...40, using: &generator)).map { 0x21 + $0 % 0x5E }
            let text = "/" + String(decoding: bytes.filter { !"\\#;%".utf8.contains($0) }, as: UTF8.self)
            guard let target = Self.target(text) else { continue }
            accepted += 1
            Self.expectCanonical(target)
            Self.expectInnocent(target)
        }
        #expect(accepted > 1500)
    }
}
