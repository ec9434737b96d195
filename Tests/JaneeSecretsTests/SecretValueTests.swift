import JaneeSecrets
import Testing

@Suite("Secret values")
struct SecretValueTests {
    private static let canary = "Zq9CANARY"

    private enum Failure: Error {
        case value(SecretValue)
        case labelled(key: SecretValue)
    }

    private struct Holder: Error {
        let name = "x"
        let value: SecretValue
        let values: [SecretValue]
        let byName: [String: SecretValue]
        let optional: SecretValue?
    }

    @Test("no textual form shows the bytes")
    func printing() {
        let value = SecretValue(Self.canary)
        let holder = Holder(value: value, values: [value, value], byName: ["a": value], optional: value)
        var texts = SecretLeakTests.texts(of: value) + SecretLeakTests.texts(of: holder)
        texts +=
            SecretLeakTests.texts(of: Failure.value(value)) + SecretLeakTests.texts(of: Failure.labelled(key: value))
        texts += SecretLeakTests.texts(of: Optional(value)) + SecretLeakTests.texts(of: [value])
        texts += SecretLeakTests.texts(of: OutboundRequest.HeaderValue.secret(prefix: "Bearer ", value))
        let bytes = "\(Array(Self.canary.utf8))".dropFirst().dropLast()
        for text in texts {
            #expect(!text.contains(Self.canary))
            #expect(!text.contains(bytes))
            #expect(!text.contains("0x"), "an address of memory: \(text)")
        }
        #expect("\(value)" == "***")
        #expect(value.debugDescription == "***")
        #expect(Mirror(reflecting: value).children.isEmpty)
    }

    @Test("the length does not show in printed forms")
    func length() {
        #expect(String(reflecting: SecretValue("")) == String(reflecting: SecretValue("abc")))
    }

    @Test("the bytes are lent, also those that are no text")
    func bytes() {
        let bytes: [UInt8] = [0, 0xFF, 0x80, 10, 0]
        let value = SecretValue(bytes)
        #expect(value.withBytes { Array($0) } == bytes)
        #expect(value.count == 5)
        #expect(!value.isEmpty)
        #expect(SecretValue(ContiguousArray(bytes)).withBytes { Array($0) } == bytes)
        #expect(SecretValue(bytes[1...2]).withBytes { Array($0) } == [0xFF, 0x80])
        #expect(SecretValue(AnySequence(bytes)).withBytes { Array($0) } == bytes)
        #expect(SecretValue("é\u{1F511}").withBytes { Array($0) } == Array("é\u{1F511}".utf8))
    }

    @Test("a copy of the value is independent of its source")
    func independence() {
        var source: [UInt8] = [1, 2, 3]
        let value = SecretValue(source)
        source[0] = 9
        #expect(value.withBytes { Array($0) } == [1, 2, 3])
        let array = ContiguousArray<UInt8>([1, 2, 3])
        _ = SecretValue(array)
        #expect(array == [1, 2, 3])
    }

    @Test("an empty secret is a value")
    func empty() {
        for value in [SecretValue(""), SecretValue([UInt8]())] {
            #expect(value.isEmpty)
            #expect(value.withBytes { $0.count } == 0)
            #expect("\(value)" == "***")
        }
        #expect(SecretValue("") == SecretValue([UInt8]()))
        #expect(SecretValue("") != SecretValue("a"))
    }

    @Test(
        "values are equal if their bytes are",
        arguments: [
            ("a", "a", true), ("a", "b", false), ("abc", "abd", false), ("abc", "xbc", false), ("a", "ab", false),
            ("", "", true), ("\u{E9}", "e\u{301}", false), ("a\u{0}", "a", false),
        ]
    )
    func equality(left: String, right: String, equal: Bool) {
        #expect((SecretValue(left) == SecretValue(right)) == equal)
    }

    @Test("errors and results pass through the scope")
    func scope() {
        struct Stop: Error {}
        #expect(throws: Stop.self) { try SecretValue("a").withBytes { _ throws(Stop) in throw Stop() } }
        #expect(SecretValue("abc").withBytes { $0.reduce(0) { $0 + Int($1) } } == 294)
    }

    @Test("a large value is held whole")
    func large() {
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(SecretValue(bytes).withBytes { $0.elementsEqual(bytes) })
    }
}
