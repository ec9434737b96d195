extension ByteCursor {
    /// Moves past a number as RFC 8259 has it, or stops at the first byte that spoils it and answers false.
    mutating func skipNumber() -> Bool {
        _ = skip(UInt8(ascii: "-"))
        if skip(UInt8(ascii: "0")) {
            if isAtDigit { return false }
        } else if !skipDigits() {
            return false
        }
        if skip(UInt8(ascii: ".")), !skipDigits() {
            return false
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            return skipDigits()
        }
        return true
    }

    private var isAtDigit: Bool {
        guard let byte = current else { return false }
        return byte &- UInt8(ascii: "0") < 10
    }

    /// Moves past one or more digits.
    private mutating func skipDigits() -> Bool {
        guard isAtDigit else { return false }
        repeat { advance() } while isAtDigit
        return true
    }
}
