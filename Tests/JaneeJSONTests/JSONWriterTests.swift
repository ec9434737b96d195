import JaneeJSON
import Testing

@Suite("Writing")
struct JSONWriterTests {
    @Test(
        "Values are written in one line without spaces",
        arguments: [
            (nil, "null"), (true, "true"), (false, "false"), (0, "0"), (-12, "-12"), ("", "\"\""), ("a b", "\"a b\""),
            ([], "[]"),
            ([:], "{}"), ([1, 2], "[1,2]"), ([[], [:]], "[[],{}]"), (["b": 1, "a": [nil]], "{\"b\":1,\"a\":[null]}"),
            (["": ["\"": "\\"]], #"{"":{"\"":"\\"}}"#),
        ] as [(JSONValue, String)]
    )
    func compact(value: JSONValue, expected: String) {
        #expect(value.serialized() == expected)
    }

    @Test("Indented output has the form of JavaScript's")
    func pretty() {
        let value: JSONValue = [
            "a": 1, "empty": [], "none": [:], "list": [1, "two", [nil], [:]], "object": ["x": true, "y": ["z": []]],
        ]
        let expected = """
            {
              "a": 1,
              "empty": [],
              "none": {},
              "list": [
                1,
                "two",
                [
                  null
                ],
                {}
              ],
              "object": {
                "x": true,
                "y": {
                  "z": []
                }
              }
            }
            """
        #expect(value.serialized(pretty: true) == expected)
        #expect(JSONValue.array([]).serialized(pretty: true) == "[]")
        #expect(JSONValue.object([:]).serialized(pretty: true) == "{}")
        #expect(JSONValue.string("a").serialized(pretty: true) == "\"a\"")
    }

    @Test(
        "Characters that could be mistaken are escaped, all others are not",
        arguments: [
            ("\"", #"\""#), ("\\", #"\\"#), ("/", "/"), ("\u{8}", #"\b"#), ("\u{C}", #"\f"#), ("\n", #"\n"#),
            ("\r", #"\r"#),
            ("\t", #"\t"#), ("\r\n", #"\r\n"#), ("\u{0}", #"\u0000"#), ("\u{1}", #"\u0001"#), ("\u{B}", #"\u000b"#),
            ("\u{1B}[31m", #"\u001b[31m"#), ("\u{1F}", #"\u001f"#), ("\u{7F}", #"\u007f"#), ("\u{80}", "\u{80}"),
            ("\u{2028}", #"\u2028"#), ("\u{2029}", #"\u2029"#), ("\u{2027}\u{202A}", "\u{2027}\u{202A}"),
            ("\u{20A8}", "\u{20A8}"),
            ("\u{2268}\u{22A8}", "\u{2268}\u{22A8}"), ("é€😹", "é€😹"), ("e\u{301}", "e\u{301}"),
            ("\u{FEFF}\u{FFFF}", "\u{FEFF}\u{FFFF}"),
            ("“a”—“b”…", "“a”—“b”…"), ("<&>'", "<&>'"),
        ]
    )
    func escapes(text: String, expected: String) throws {
        for padding in 0..<10 {
            let plain = String(repeating: "x", count: padding)
            var output: [UInt8] = []
            JSONWriter.appendString(plain + text + plain, into: &output)
            #expect(output == Array("\"\(plain)\(expected)\(plain)\"".utf8))
            #expect(try JSONReader.parse(output) == .string(plain + text + plain))
        }
        #expect(JSONValue.object([text: 1]).serialized() == "{\"\(expected)\":1}")
    }

    @Test("Every control character is written so that it is one line and reads back")
    func controlCharacters() throws {
        for scalar in (0..<0x20).compactMap(Unicode.Scalar.init) {
            let value = JSONValue.string(String(Character(scalar)))
            let text = value.serialized()
            #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            #expect(try JSONReader.parse(text) == value)
        }
    }

    @Test("Output is added to what is there")
    func appending() {
        var output = Array("line: ".utf8)
        JSONValue.object(["a": [1]]).write(into: &output)
        JSONWriter.appendString("x", into: &output)
        JSONValue.array([1]).write(into: &output, pretty: true)
        #expect(output == Array("line: {\"a\":[1]}\"x\"[\n  1\n]".utf8))
    }

    @Test(
        "Number literals are written as they were read",
        arguments: ["1e400", "12345678901234567890", "-0", "1.0", "1E+2", "0.10", "-1.50e-007"]
    )
    func numberLiterals(literal: String) throws {
        #expect(try JSONReader.parse("[ \(literal) ]").serialized() == "[\(literal)]")
    }
}
