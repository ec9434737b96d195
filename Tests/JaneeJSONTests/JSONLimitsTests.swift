import JaneeJSON
import Testing

@Suite("Limits")
struct JSONLimitsTests {
    private func reason(_ text: String, _ limits: JSONLimits) -> JSONError.Reason? {
        do {
            _ = try JSONReader.parse(text, limits: limits)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("Depth is allowed up to the limit and refused beyond", arguments: [0, 1, 2, 10, 64, 256])
    func depth(limit: Int) {
        let limits = JSONLimits(maximumDepth: limit)
        for (opening, closing) in [("[", "]"), ("{\"a\":[{\"b\":", "}]}")] {
            let step = opening.utf8.count == 1 ? 1 : 3
            let fits = limit / step
            let inside = "1"
            let allowed = String(repeating: opening, count: fits) + inside + String(repeating: closing, count: fits)
            #expect(reason(allowed, limits) == nil)
            let more =
                String(repeating: opening, count: fits + 1) + inside + String(repeating: closing, count: fits + 1)
            #expect(reason(more, limits) == .tooDeep)
        }
        let empty = String(repeating: "[", count: limit) + "{}" + String(repeating: "]", count: limit)
        #expect(reason(empty, limits) == .tooDeep)
    }

    @Test("The default depth is 64, and siblings do not add to it")
    func defaultDepth() {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(reason(deepest, .default) == nil)
        #expect(reason("[\(deepest)]", .default) == .tooDeep)
        #expect(reason("[" + Array(repeating: "[{}]", count: 500).joined(separator: ",") + "]", .default) == nil)
    }

    @Test("No depth exhausts the stack, whatever the limits say")
    func extremeDepth() {
        var limits = JSONLimits(maximumDepth: .max)
        #expect(limits.maximumDepth == JSONLimits.deepest)
        limits.maximumDepth = .max
        #expect(limits.maximumDepth == JSONLimits.deepest)
        for opening in ["[", "{\"a\":", "[{\"a\":"] {
            #expect(reason(String(repeating: opening, count: 200_000), limits) == .tooDeep)
        }
    }

    @Test("The error of a limit points at what exceeds it")
    func positions() {
        let cases: [(String, JSONLimits, JSONError.Reason, Int)] = [
            ("[[1]]", JSONLimits(maximumDepth: 1), .tooDeep, 1),
            ("[1, \"abcd\"]", JSONLimits(maximumStringBytes: 3), .stringTooLong, 4),
            ("{\"abcd\":1}", JSONLimits(maximumStringBytes: 3), .stringTooLong, 1),
            ("[1, 1234]", JSONLimits(maximumNumberLength: 3), .numberTooLong, 4),
            ("[1, 2, 3]", JSONLimits(maximumValues: 3), .tooManyValues, 7),
            ("[1, 2, 3]", JSONLimits(maximumBytes: 8), .tooLarge, 0),
        ]
        for (text, limits, reason, offset) in cases {
            let error = #expect(throws: JSONError.self) { try JSONReader.parse(text, limits: limits) }
            #expect(error?.reason == reason)
            #expect(error?.offset == offset)
        }
    }

    @Test("Sizes are allowed up to the limit and refused beyond")
    func sizes() {
        #expect(reason("[1,2]", JSONLimits(maximumBytes: 5)) == nil)
        #expect(reason("[1,2] ", JSONLimits(maximumBytes: 5)) == .tooLarge)
        #expect(reason("123", JSONLimits(maximumNumberLength: 3)) == nil)
        #expect(reason("-123", JSONLimits(maximumNumberLength: 3)) == .numberTooLong)
        #expect(reason("1e+1", JSONLimits(maximumNumberLength: 3)) == .numberTooLong)
        #expect(reason(String(repeating: "1", count: 256), .default) == nil)
        #expect(reason(String(repeating: "1", count: 257), .default) == .numberTooLong)
        #expect(reason("[1,{\"a\":[]}]", JSONLimits(maximumValues: 4)) == nil)
        #expect(reason("[1,{\"a\":[]}]", JSONLimits(maximumValues: 3)) == .tooManyValues)
        #expect(reason("1", JSONLimits(maximumValues: 0)) == .tooManyValues)
    }

    @Test("The length of a string is that of its text, not of its escapes")
    func stringLength() {
        let limits = JSONLimits(maximumStringBytes: 4)
        #expect(reason(#""abcd""#, limits) == nil)
        #expect(reason(#""abcde""#, limits) == .stringTooLong)
        #expect(reason(#""\u0061\u0062\u0063\u0064""#, limits) == nil)
        #expect(reason(#""\u0061bcde""#, limits) == .stringTooLong)
        #expect(reason(#""\ud83d\ude39""#, limits) == nil)
        #expect(reason(#""\ud83d\ude39x""#, limits) == .stringTooLong)
        #expect(reason(#""ééé""#, limits) == .stringTooLong)
    }

    @Test("An object of a hundred thousand keys is read and searched in linear time", .timeLimit(.minutes(1)))
    func manyKeys() throws {
        let document = "{" + (0..<100_000).map { "\"\($0)\":\($0)" }.joined(separator: ",") + "}"
        let object = try #require(try JSONReader.parse(document).objectValue)
        #expect(object.count == 100_000)
        for key in stride(from: 0, to: 100_000, by: 777) {
            #expect(object["\(key)"] == .number(JSONNumber(key)))
        }
        #expect(object["100000"] == nil)
    }
}
