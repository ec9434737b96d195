import JaneeJSON
import Testing

@Suite("Random documents")
struct RandomDocumentTests {
    @Test("What was written reads back as the same, in either form", arguments: UInt64(1)...8)
    func roundTrip(seed: UInt64) throws {
        var random = RandomDocument(seed: seed)
        for _ in 0..<150 {
            let value = random.value()
            let compact = value.serialized()
            #expect(try JSONReader.parse(compact) == value)
            #expect(try JSONReader.parse(value.serialized(pretty: true)) == value)
            #expect(try JSONReader.parse(compact).serialized() == compact)
            #expect(try JSONReader.parse(random.spelled(value)) == value)
        }
    }

    @Test(
        "Damaged documents are read or refused, and what is read can be written and read again",
        arguments: UInt64(1)...8
    )
    func mutations(seed: UInt64) throws {
        var random = RandomDocument(seed: 1000 + seed)
        var refused = 0
        let limits = JSONLimits(maximumDepth: 12, maximumStringBytes: 400, maximumNumberLength: 40, maximumValues: 400)
        for _ in 0..<125 {
            let value = random.value(depth: 4)
            let original = Array(random.spelled(value).utf8)
            for _ in 0..<25 {
                let damaged = damage(original, &random)
                do {
                    let value = try JSONReader.parse(damaged, limits: limits)
                    #expect(try JSONReader.parse(value.serialized()) == value)
                } catch {
                    refused += 1
                    #expect((0...damaged.count).contains(error.offset))
                    #expect(error.line >= 1 && error.column >= 1)
                }
            }
        }
        #expect(refused > 1000)
    }

    private func damage(_ original: [UInt8], _ random: inout RandomDocument) -> [UInt8] {
        let tokens = [
            "\"", "\\", "[", "]", "{", "}", ",", ":", "0", "-", "e", "\\u", "\\ud800", "null", "\u{0}", "é", " ", "//",
        ]
        var bytes = original
        for _ in 0...random.pick(3) {
            let place = random.pick(bytes.count + 1)
            switch random.pick(5) {
            case 0: bytes.insert(UInt8(random.pick(256)), at: place)
            case 1: bytes.insert(contentsOf: tokens[random.pick(tokens.count)].utf8, at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.pick(4)))
            case 3: bytes.removeSubrange(place...)
            default:
                guard place < bytes.count else { continue }
                bytes[place] ^= 1 << UInt8(random.pick(8))
            }
        }
        return bytes
    }
}
