import JaneeJSON
import JaneeTestSupport

/// Makes JSON values of all kinds, and spells them in ways the writer would not.
struct RandomDocument {
    var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func value(depth: Int = 5) -> JSONValue {
        switch pick(depth > 0 ? 7 : 5) {
        case 0: return .null
        case 1: return .bool(pick(2) == 0)
        case 2: return .number(number())
        case 3, 4: return .string(string())
        case 5: return .array((0..<pick(6)).map { _ in value(depth: depth - 1) })
        default:
            let count = pick(12) == 0 ? 15 + pick(6) : pick(6)
            return .object(JSONObject((0..<count).map { _ in (string(), value(depth: depth - 1)) }))
        }
    }

    /// The value with random white space and random escapes.
    mutating func spelled(_ value: JSONValue) -> String {
        var parts: [String] = []
        switch value {
        case .string(let text):
            return spelled(text)
        case .array(let elements):
            for element in elements { parts.append(space() + spelled(element) + space()) }
            return "[" + (parts.isEmpty ? space() : parts.joined(separator: ",")) + "]"
        case .object(let object):
            for (key, value) in object {
                parts.append(space() + spelled(key) + space() + ":" + space() + spelled(value) + space())
            }
            return "{" + (parts.isEmpty ? space() : parts.joined(separator: ",")) + "}"
        default:
            return value.serialized()
        }
    }

    mutating func pick(_ count: Int) -> Int {
        Int.random(in: 0..<count, using: &generator)
    }

    private mutating func space() -> String {
        ["", "", "", " ", "\n", "\t", "\r\n", "  "][pick(8)]
    }

    private mutating func string() -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<pick(pick(10) == 0 ? 60 : 12) { scalars.append(scalar()) }
        return String(scalars)
    }

    private mutating func scalar() -> Unicode.Scalar {
        let ranges: [ClosedRange<UInt32>] = [
            0x00...0x7F, 0x20...0x7E, 0x61...0x66, 0x80...0x7FF, 0x300...0x310, 0x2020...0x2030, 0x800...0xFFFF,
            0x10000...0x10FFFF,
        ]
        return Unicode.Scalar(UInt32.random(in: ranges[pick(ranges.count)], using: &generator)) ?? "?"
    }

    private mutating func number() -> JSONNumber {
        switch pick(4) {
        case 0: return JSONNumber(pick(100))
        case 1: return JSONNumber(Int64(truncatingIfNeeded: generator.next()))
        case 2: return JSONNumber(Double(bitPattern: generator.next())) ?? JSONNumber(0)
        default:
            let literal =
                ["-", ""][pick(2)] + "\(pick(3))" + [".0", ".50", ""][pick(3)] + ["e+05", "E-9", "e400", ""][pick(4)]
            return JSONNumber(literal: literal) ?? JSONNumber(0)
        }
    }

    private mutating func spelled(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            let mustBeEscaped = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            guard mustBeEscaped || pick(4) == 0 else {
                result.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(Character(scalar)).utf16 {
                let digits = String(unit, radix: 16, uppercase: pick(2) == 0)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result + "\""
    }
}
