import JaneeJSON
import Testing

@Suite("Numbers")
struct JSONNumberTests {
    @Test(
        "A literal is turned into an Int only when it is exactly one",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("2147483648", 2_147_483_648),
            ("9007199254740993", 9_007_199_254_740_993),
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9223372036854775808", nil),
            ("-9223372036854775809", nil), ("12345678901234567890", nil), ("1.0", nil), ("1e2", nil), ("1E2", nil),
            ("0.5", nil),
        ] as [(String, Int?)]
    )
    func int(literal: String, expected: Int?) throws {
        let number = try #require(JSONNumber(literal: literal))
        #expect(number.literal == literal)
        #expect(number.int == expected)
        #expect(JSONValue.number(number).intValue == expected)
    }

    @Test(
        "A literal is turned into the nearest Double unless that is infinite",
        arguments: [
            ("0", 0), ("1.5", 1.5), ("-2.25e2", -225), ("1E-2", 0.01), ("0.1", 0.1), ("1e308", 1e308),
            ("5e-324", Double.leastNonzeroMagnitude),
            ("1e-400", 0), ("1e400", nil), ("-1e400", nil), ("12345678901234567890", 12_345_678_901_234_567_168),
            ("0.1000000000000000055511151231257827", 0.1),
        ] as [(String, Double?)]
    )
    func double(literal: String, expected: Double?) throws {
        #expect(try #require(JSONNumber(literal: literal)).double == expected)
    }

    @Test("The zero that is negative stays so")
    func negativeZero() throws {
        let number = try #require(JSONNumber(literal: "-0"))
        #expect(number.double?.sign == .minus)
        #expect(JSONValue.number(number).serialized() == "-0")
    }

    @Test("Only literals without fraction and exponent are integers")
    func isInteger() throws {
        for literal in ["0", "-0", "12", "123456789012345678901234567890"] {
            #expect(try #require(JSONNumber(literal: literal)).isInteger)
        }
        for literal in ["1.0", "1e2", "1E2", "-0.0", "1.5e3"] {
            #expect(try !#require(JSONNumber(literal: literal)).isInteger)
        }
    }

    @Test(
        "Text that is not a number is not a literal",
        arguments: [
            "", " ", "-", "+1", "01", "-01", ".5", "1.", "1.e2", "1e", "1e+", "1 ", " 1", "1,2", "0x1", "NaN", "inf",
            "Infinity",
            "--1", "1e2e3", "1_000", "null", "\"1\"", "1\n", "1\u{0}", "１",
        ]
    )
    func notALiteral(text: String) {
        #expect(JSONNumber(literal: text) == nil)
    }

    @Test("Machine numbers get literals that read back as the same numbers")
    func fromMachineNumbers() throws {
        #expect(JSONNumber(0).literal == "0")
        #expect(JSONNumber(Int.min).literal == "-9223372036854775808")
        #expect(JSONNumber(UInt64.max).literal == "18446744073709551615")
        #expect(JSONNumber(UInt8(7)).literal == "7")
        for value in [0.0, -0.0, 1.0, 0.1, 1e16, 1e21, -1.5e-7, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi] {
            let number = try #require(JSONNumber(value))
            #expect(JSONNumber(literal: number.literal) == number)
            #expect(number.double?.bitPattern == value.bitPattern)
        }
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONNumber(Double.infinity) == nil)
        #expect(JSONNumber(-Double.infinity) == nil)
    }

    @Test("Numbers are equal when their literals are")
    func equality() throws {
        #expect(JSONNumber(literal: "1") == JSONNumber(1))
        #expect(JSONNumber(literal: "1") != JSONNumber(literal: "1.0"))
        #expect(JSONNumber(literal: "1e2") != JSONNumber(literal: "1E2"))
        #expect(Set([JSONNumber(1), JSONNumber(1), JSONNumber(2)]).count == 2)
    }
}
