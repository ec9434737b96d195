import JaneeJSON
import Testing

private func number(_ literal: String) throws -> JSONValue {
    .number(try #require(JSONNumber(literal: literal)))
}

@Suite("Accepted documents")
struct AcceptedDocumentTests {
    @Test("Scalars and containers are read as what they are", arguments: structures)
    func structure(text: String, expected: JSONValue) throws {
        #expect(try JSONReader.parse(text) == expected)
    }

    @Test("Strings are read with their escapes resolved", arguments: strings)
    func string(text: String, expected: String) throws {
        let value = try #require(try JSONReader.parse(text).stringValue)
        #expect(Array(value.utf8) == Array(expected.utf8))
    }

    @Test("Numbers are accepted and keep their literals", arguments: numbers)
    func numberLiteral(literal: String) throws {
        #expect(try JSONReader.parse(literal).numberValue?.literal == literal)
        #expect(try JSONReader.parse("[ \(literal)\n]") == .array([try number(literal)]))
        #expect(try JSONReader.parse("{\"a\":\(literal)}")["a"] == number(literal))
    }

    @Test("Text, bytes and foreign memory are read alike")
    func entrances() throws {
        let text = #" {"é":[1,"\u20ac"]} "#
        let expected: JSONValue = ["é": [1, "€"]]
        #expect(try JSONReader.parse(text) == expected)
        #expect(try JSONReader.parse(Array(text.utf8)) == expected)
        let result = Array(text.utf8)
            .withUnsafeBytes { bytes in
                Result { () throws(JSONError) in try JSONReader.parse(bytes) }
            }
        #expect(try result.get() == expected)
    }

    private static let structures: [(String, JSONValue)] = [
        ("null", .null),
        ("true", true),
        ("false", false),
        ("\"\"", ""),
        ("[]", []),
        ("{}", [:]),
        (" null ", .null),
        ("\n\r\t null\t\r\n", .null),
        ("[null]", [.null]),
        ("[true,false,null]", [true, false, .null]),
        ("[ ]", []),
        ("[\n]", []),
        ("{ }", [:]),
        ("{\t\r\n}", [:]),
        ("[[]   ]", [[]]),
        ("[[],[]]", [[], []]),
        ("[{},[]]", [[:], []]),
        ("[[[[1]]],2]", [[[[1]]], 2]),
        ("[1,null,null,null,2]", [1, .null, .null, .null, 2]),
        ("[1\n]", [1]),
        (" [1]", [1]),
        ("[2] ", [2]),
        ("[ 1 , 2 ]", [1, 2]),
        (#"[""]"#, [""]),
        (#"{"":0}"#, ["": 0]),
        (#"{"a":"b"}"#, ["a": "b"]),
        (#"{"a":[]}"#, ["a": []]),
        (#"{"a":{"a":{"a":1}}}"#, ["a": ["a": ["a": 1]]]),
        (#"{"asd":"sdf", "dfg":"fgh"}"#, ["asd": "sdf", "dfg": "fgh"]),
        (#"{ "min": -1, "max": 1 }"#, ["min": -1, "max": 1]),
        ("{\n\"a\" : \"b\"\n}", ["a": "b"]),
        (#"{"b":1,"a":2}"#, ["b": 1, "a": 2]),
        (#"{"a":1,"A":2," a":3}"#, ["a": 1, "A": 2, " a": 3]),
        (#"{"foo\u0000bar":42}"#, ["foo\u{0}bar": 42]),
        (
            #"{"x":[{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}],"id":"b"}"#,
            [
                "x": [["id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]], "id": "b",
            ]
        ),
        (#"[{"a":1},{"a":2}]"#, [["a": 1], ["a": 2]]),
        (#"{"a":{"b":1},"b":{"a":2}}"#, ["a": ["b": 1], "b": ["a": 2]]),
        (#"{"a":{"c":1,"d":2},"c":3,"d":[{"a":4}]}"#, ["a": ["c": 1, "d": 2], "c": 3, "d": [["a": 4]]]),
    ]

    private static let strings: [(String, String)] = [
        (#""a""#, "a"),
        (#""asd ""#, "asd "),
        (#""12345678""#, "12345678"),
        (#""1234567""#, "1234567"),
        (#""123456789""#, "123456789"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\\u0000""#, "\\u0000"),
        (#""\"""#, "\""),
        (#""\\a""#, "\\a"),
        (#""\\n""#, "\\n"),
        (#""\u0000""#, "\u{0}"),
        (#""\u0012""#, "\u{12}"),
        (#""\u0060\u012a\u12AB""#, "\u{60}\u{12A}\u{12AB}"),
        (#""\uFFFF""#, "\u{FFFF}"),
        (#""\uffff""#, "\u{FFFF}"),
        (#""\uFFFE""#, "\u{FFFE}"),
        (#""\uFDD0""#, String(decoding: [0xEF, 0xB7, 0x90], as: UTF8.self)),
        (#""\uD7FF\uE000""#, "\u{D7FF}\u{E000}"),
        (#""\uD801\udc37""#, "\u{10437}"),
        (#""\ud83d\ude39\ud83d\udc8d""#, "\u{1F639}\u{1F48D}"),
        (#""\uD800\uDC00""#, "\u{10000}"),
        (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        (#""\uD83F\uDFFE""#, "\u{1FFFE}"),
        (#""\u0821""#, "\u{821}"),
        (#""\u0123""#, "\u{123}"),
        (#""\u2028\u2029""#, "\u{2028}\u{2029}"),
        (#""\u200B\u2064""#, "\u{200B}\u{2064}"),
        (#""\u005C\u0022""#, "\\\""),
        (#""\u0061\u30af\u30EA\u30b9""#, "aクリス"),
        (#""new\u000Aline""#, "new\nline"),
        (#""a/*b*/c//d#e""#, "a/*b*/c//d#e"),
        (#""',:[]{}""#, "',:[]{}"),
        ("\"\u{7F}\"", "\u{7F}"),
        ("\"a\u{7F}a\"", "a\u{7F}a"),
        ("\"\u{80}\u{9F}\"", "\u{80}\u{9F}"),
        ("\"\u{7FF}\u{800}\"", "\u{7FF}\u{800}"),
        ("\"\u{D7FF}\u{E000}\u{FFFF}\"", "\u{D7FF}\u{E000}\u{FFFF}"),
        ("\"\u{10000}\u{FFFFF}\u{10FFFF}\"", "\u{10000}\u{FFFFF}\u{10FFFF}"),
        ("\"\u{2028}\u{2029}\"", "\u{2028}\u{2029}"),
        ("\"\u{FEFF}\"", "\u{FEFF}"),
        ("\"π€𝄞\"", "π€𝄞"),
        ("\"e\u{301}\"", "e\u{301}"),
        ("\"\u{E9}\"", "\u{E9}"),
        ("\"⍂㈴⍂ and plain text after it\"", "⍂㈴⍂ and plain text after it"),
    ]

    private static let numbers = [
        "0", "-0", "1", "-1", "9", "10", "123", "-123", "1.0", "-0.0", "0.1", "1.5", "123.456789", "1e1", "1E1", "1e+2",
        "1E+2",
        "1e-2", "1E-2", "0e1", "0e+1", "0E0", "20e1", "123e45", "123.456e78", "-1.5e-10",
        "1.000000000000000000000000000001",
        "-0.000000000000000000000000000000000000000000000000000000000000000000000000000001", "1e400", "-1e400",
        "1e-400",
        "0.4e00669999999999999999999999999999999999999999999999999999999999", "1e00", "12345678901234567890",
        "-9223372036854775808",
        "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "-237462374673276894279832749832423479823246327846",
        "100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001", "1.10",
        "1.100",
    ]
}
