import JaneeJSON
import Testing

@Suite("Duplicate keys")
struct DuplicateKeyTests {
    @Test(
        "A key that occurs twice is refused at its second place, however it is written",
        arguments: [
            (#"{"a":1,"a":2}"#, 7),
            (#"{"a":1,"a":1}"#, 7),
            (#"{"a":1,"b":2,"a":3}"#, 13),
            (#"{"a":1,"\u0061":2}"#, 7),
            (#"{"\u0061":1,"a":2}"#, 12),
            (#"{"\/":1,"/":2}"#, 8),
            (#"{"":1,"":2}"#, 6),
            (#"{"\ud83d\ude39":1,"😹":2}"#, 18),
            (#"{"é":1,"\u00E9":2}"#, 8),
            (#"{"x":{"a":1,"a":2}}"#, 12),
            (#"[{"a":1},{"b":1,"b":2}]"#, 16),
            (#"{"a":{"b":1},"c":[{"a":1}],"a":2}"#, 27),
            (#"{"a":1,  "a" :2}"#, 9),
        ]
    )
    func duplicate(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONReader.parse(text) }
        #expect(error?.reason == .duplicateKey)
        #expect(error?.offset == offset)
    }

    @Test(
        "Keys are the same only when their bytes are",
        arguments: [
            ("\u{E9}", "e\u{301}"),
            ("\u{C5}", "\u{212B}"),
            ("a\u{323}\u{307}", "a\u{307}\u{323}"),
            ("\u{AC00}", "\u{1100}\u{1161}"),
            ("a", "A"),
            ("a", "a\u{200D}"),
            ("", "\u{200B}"),
        ]
    )
    func differentBytes(first: String, second: String) throws {
        let value = try JSONReader.parse("{\"\(first)\":1,\"\(second)\":2}")
        #expect(value[first] == 1)
        #expect(value[second] == 2)
        #expect(value.objectValue?.count == 2)
    }

    @Test("Duplicates are found in objects of every size", arguments: [1, 2, 15, 16, 17, 18, 40, 1000])
    func anySize(count: Int) throws {
        let members = (0..<count).map { "\"key\($0)\":\($0)" }
        let document = members.joined(separator: ",")
        #expect(try JSONReader.parse("{\(document)}").objectValue?.count == count)
        for again in Set([0, count / 2, count - 1]) {
            let error = #expect(throws: JSONError.self) { try JSONReader.parse("{\(document),\"key\(again)\":0}") }
            #expect(error?.reason == .duplicateKey)
            #expect(error?.offset == document.utf8.count + 2)
        }
    }

    @Test("Canonically equivalent keys stay apart in large objects too")
    func largeObject() throws {
        let fill = (0..<40).map { "\"\($0)\":0," }.joined()
        let value = try JSONReader.parse("{\(fill)\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
    }

    @Test("Objects inside a large object have keys of their own")
    func nestedLargeObjects() throws {
        let inner = "{" + (0..<30).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
        let outer = try JSONReader.parse("{" + (0..<30).map { "\"k\($0)\":\(inner)" }.joined(separator: ",") + "}")
        for key in 0..<30 {
            for innerKey in 0..<30 {
                #expect(outer["k\(key)"]?["k\(innerKey)"]?.intValue == innerKey)
            }
        }
    }
}
