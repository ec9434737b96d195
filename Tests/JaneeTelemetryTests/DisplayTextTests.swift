import JaneeTelemetry
import Testing

@Suite("Foreign text made harmless")
struct DisplayTextTests {
    @Test(
        "ordinary text stays as it is",
        arguments: [
            "", "plain text", "caf\u{E9} \u{20AC} \u{1F511}", "\u{5E9}\u{5DC}\u{5D5}\u{5DD}", "a\\b",
            "\"quoted\" 'too'", "100%",
            "e\u{301}", "\u{A0}", "\u{1F468}\u{200D}\u{1F469}",
        ]
    )
    func harmless(text: String) {
        #expect(DisplayText.escaped(text) == text)
    }

    @Test(
        "control characters and directional marks are written out",
        arguments: [
            ("\u{1B}[31mred\u{1B}[0m", "\\u{1b}[31mred\\u{1b}[0m"), ("\u{1B}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\nb", "a\\u{a}b"), ("a\r\nb", "a\\u{d}\\u{a}b"), ("a\tb", "a\\u{9}b"), ("\u{0}", "\\u{0}"),
            ("\u{8}x", "\\u{8}x"),
            ("\u{7F}", "\\u{7f}"), ("\u{9B}31m", "\\u{9b}31m"), ("\u{85}", "\\u{85}"),
            ("\u{80}\u{9F}", "\\u{80}\\u{9f}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{202E}evil\u{202C}", "\\u{202e}evil\\u{202c}"),
            ("\u{202A}\u{202B}\u{202D}", "\\u{202a}\\u{202b}\\u{202d}"),
            ("\u{2066}\u{2067}\u{2068}\u{2069}", "\\u{2066}\\u{2067}\\u{2068}\\u{2069}"),
            ("\u{200E}\u{200F}\u{61C}", "\\u{200e}\\u{200f}\\u{61c}"),
        ]
    )
    func harmful(text: String, shown: String) {
        #expect(DisplayText.escaped(text) == shown)
    }

    @Test("every scalar of the dangerous categories is escaped")
    func exhaustive() {
        for value in Array(UInt32(0)...0x2100) + [0xFEFF, 0xFFF9, 0xE0001, 0xE0041, 0x1F600, 0xFE0F] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isDangerous =
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: true
                case .format: value != 0x200C && value != 0x200D
                default: false
                }
            #expect((DisplayText.escaped(String(scalar)) != String(scalar)) == isDangerous)
            let json = DisplayText.escapedJSON("\"\(scalar)\"")
            #expect(value == 0x0A || (json != "\"\(scalar)\"") == isDangerous)
        }
    }

    @Test("JSON keeps its line breaks and gets escapes of its own")
    func json() {
        #expect(DisplayText.escapedJSON("{\n  \"a\": \"\u{9B}\u{202E}é\"\n}") == "{\n  \"a\": \"\\u009b\\u202eé\"\n}")
        #expect(DisplayText.escapedJSON("\"\u{E0041}\"") == "\"\\udb40\\udc41\"")
    }

    @Test("long text is cut, also when it is one endless character")
    func limit() {
        #expect(DisplayText.escaped("abc", limit: 3) == "abc")
        #expect(DisplayText.escaped("abcd", limit: 3) == "abc…")
        #expect(DisplayText.escaped("\n\n\n\n", limit: 2) == "\\u{a}\\u{a}…")
        #expect(DisplayText.escaped("", limit: 0) == "")
        let endless = "a" + String(repeating: "\u{301}", count: 100_000)
        #expect(DisplayText.escaped(endless).unicodeScalars.count == 4097)
    }

    @Test("several lines stay several lines, whatever ends them")
    func lines() {
        #expect(DisplayText.escapedLines("a\nb\u{1B}\n\nc") == "a\nb\\u{1b}\n\nc")
        #expect(DisplayText.escapedLines("a") == "a")
        #expect(DisplayText.escapedLines("") == "")
        #expect(DisplayText.escapedLines("a\u{2028}b\rc") == "a\\u{2028}b\\u{d}c")
        #expect(DisplayText.escapedLines("a\r\nb\r\n") == "a\\u{d}\nb\\u{d}\n")
    }
}
