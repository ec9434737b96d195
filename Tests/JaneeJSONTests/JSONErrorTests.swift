import JaneeJSON
import Testing

@Suite("Errors")
struct JSONErrorTests {
    @Test(
        "An error names the line and the column in bytes",
        arguments: [
            ("", 0, 1, 1),
            ("x", 0, 1, 1),
            ("[1,\n2,\n x]", 8, 3, 2),
            ("{\n  \"a\": 1,\n  \"a\": 2\n}", 14, 3, 3),
            ("\n\n\n", 3, 4, 1),
            ("[\r\n\r\n?]", 5, 3, 1),
            ("[\"éé\", ?]", 9, 1, 10),
            ("[\"\n\"]", 2, 1, 3),
            ("[1]\n\n2", 5, 3, 1),
        ]
    )
    func position(text: String, offset: Int, line: Int, column: Int) {
        let error = #expect(throws: JSONError.self) { try JSONReader.parse(text) }
        #expect(error?.offset == offset)
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test("A description says what is wrong and where")
    func description() {
        let error = #expect(throws: JSONError.self) { try JSONReader.parse("{\n \"a\": 1, \"a\": 2}") }
        #expect(
            error?.description
                == "invalid JSON at line 2, column 10 (byte 11): this key occurs twice in the same object; keep one"
        )
    }

    @Test(
        "A description never quotes the document",
        arguments: [
            "hunter2", "[hunter2]", "\"hunter2", "{\"hunter2\":1,\"hunter2\":2}", "{\"a\":\"hunter2\\q\"}",
            "[\"hunter2\"] hunter2",
            "{\"hunter2\" \"hunter2\"}", "[\"hunter2\n\"]",
        ]
    )
    func silence(text: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONReader.parse(text) }
        var dumped = ""
        dump(error, to: &dumped)
        for text in [error.description, "\(error)", String(reflecting: error), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }
}
