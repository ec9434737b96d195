/// The one way to write a number in an address: decimal digits without sign and leading zeros.
enum CanonicalDecimal {
    /// The number, or nil when it is spelled in another way or exceeds `maximum`.
    static func parse(_ digits: some Collection<UInt8>, atMost maximum: Int) -> Int? {
        guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
            guard number <= maximum else { return nil }
        }
        return number
    }
}
