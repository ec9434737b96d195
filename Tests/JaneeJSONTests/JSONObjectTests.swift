import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("Objects and values")
struct JSONObjectTests {
    @Test("Members keep the order in which they were added")
    func order() {
        var object: JSONObject = ["z": 1, "a": 2]
        object["m"] = 3
        object.append("b", 4)
        object["a"] = 5
        #expect(object.keys == ["z", "a", "m", "b"])
        #expect(object.map(\.value) == [1, 5, 3, 4])
        object["z"] = nil
        #expect(object.keys == ["a", "m", "b"])
        object["z"] = 6
        #expect(object.keys == ["a", "m", "b", "z"])
        #expect(object.count == 4)
        #expect(!object.isEmpty)
        #expect(JSONObject().isEmpty)
    }

    @Test("Of several values for one key the last stays, at the first one's place")
    func repeatedKey() {
        var object: JSONObject = ["a": 1, "b": 2, "a": 3]
        #expect(object == ["a": 3, "b": 2])
        object.append("b", 4)
        #expect(object == ["a": 3, "b": 4])
    }

    @Test("A member may hold null, which is not the same as being absent")
    func nullMember() {
        var object: JSONObject = ["a": nil]
        #expect(object["a"] == JSONValue.null)
        #expect(object["a"]?.isNull == true)
        object["b"] = JSONValue.null
        #expect(object.keys == ["a", "b"])
        object["a"] = nil
        object["absent"] = nil
        #expect(object.keys == ["b"])
    }

    @Test(
        "Additions, replacements and removals agree with a plain list, in objects small and large",
        arguments: [12, 20, 60]
    )
    func againstModel(keyCount: Int) {
        var generator = SeededGenerator(seed: UInt64(keyCount))
        var object = JSONObject()
        var model: [(key: String, value: Int)] = []
        for step in 0..<2000 {
            let key = "k\(Int.random(in: 0..<keyCount, using: &generator))"
            let position = model.firstIndex { $0.key == key }
            #expect(object[key]?.intValue == position.map { model[$0].value })
            if Int.random(in: 0..<3, using: &generator) == 0 {
                object[key] = nil
                if let position { model.remove(at: position) }
            } else {
                object[key] = .number(JSONNumber(step))
                if let position { model[position].value = step } else { model.append((key, step)) }
            }
            #expect(object.count == model.count)
        }
        #expect(object.keys == model.map(\.key))
        #expect(object.map { $0.value.intValue } == model.map(\.value))
    }

    @Test("Copies are independent")
    func copies() {
        let original: JSONObject = ["a": 1]
        var copy = original
        copy["a"] = 2
        copy["b"] = 3
        #expect(original == ["a": 1])
        #expect(copy == ["a": 2, "b": 3])
    }

    @Test("Equality is that of bytes, of literals and of order")
    func equality() throws {
        let one = JSONValue.number(try #require(JSONNumber(literal: "1.0")))
        #expect(JSONValue.string("\u{E9}") != "e\u{301}")
        #expect(JSONValue.string("\u{E9}") == "\u{E9}")
        #expect(JSONValue.object(["\u{E9}": 1]) != ["e\u{301}": 1])
        #expect(JSONValue.object(["a": 1, "b": 2]) != ["b": 2, "a": 1])
        #expect(JSONValue.object(["a": 1]) != ["a": 1, "b": 2])
        #expect(JSONValue.array([1, 2]) != [2, 1])
        #expect(JSONValue.array([]) != [:])
        #expect(JSONValue.null != false)
        #expect(JSONValue.string("1") != 1)
        #expect(one != 1)
    }

    @Test("Each accessor answers for its own kind only")
    func accessors() {
        let object: JSONValue = ["null": nil, "bool": true, "int": 3, "string": "s", "array": [1], "object": ["a": 1]]
        #expect(object["null"]?.isNull == true)
        #expect(object["bool"]?.boolValue == true)
        #expect(object["int"]?.intValue == 3)
        #expect(object["int"]?.numberValue == JSONNumber(3))
        #expect(object["string"]?.stringValue == "s")
        #expect(object["array"]?.arrayValue == [1])
        #expect(object["object"]?.objectValue == ["a": 1])
        #expect(object["absent"] == nil)
        let kinds: [JSONValue] = [nil, true, 3, "s", [1], ["a": 1]]
        for (index, value) in kinds.enumerated() {
            let answers = [
                value.isNull, value.boolValue != nil, value.numberValue != nil, value.stringValue != nil,
                value.arrayValue != nil, value.objectValue != nil,
            ]
            #expect(answers == (0..<6).map { $0 == index })
            #expect((value.intValue != nil) == (index == 2))
            #expect((value["a"] != nil) == (index == 5))
        }
    }
}
