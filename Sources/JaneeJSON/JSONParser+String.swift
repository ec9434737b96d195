extension JSONParser {
    /// Reads a string, at whose opening quote the cursor is.
    mutating func string() throws(JSONError) -> String {
        let quote = cursor.position
        cursor.advance()
        let start = cursor.position
        try skipText()
        let text = cursor.bytes(from: start)
        guard !cursor.skip(UInt8(ascii: "\"")) else {
            try checkLength(text.count, of: quote)
            return String(decoding: text, as: UTF8.self)
        }
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: text)
        repeat {
            try escape()
            let start = cursor.position
            try skipText()
            scratch.append(contentsOf: cursor.bytes(from: start))
            try checkLength(scratch.count, of: quote)
        } while !cursor.skip(UInt8(ascii: "\""))
        return String(decoding: scratch, as: UTF8.self)
    }

    private func checkLength(_ length: Int, of quote: Int) throws(JSONError) {
        guard length <= limits.maximumStringBytes else {
            throw failure(.stringTooLong, at: quote)
        }
    }

    /// Moves to the next quote or backslash.
    private mutating func skipText() throws(JSONError) {
        while true {
            cursor.skipPlainText()
            while let byte = cursor.current, byte >= 0x80 {
                guard cursor.skipMultibyteCharacter() else { throw failure(.invalidUTF8, at: cursor.position) }
            }
            guard let byte = cursor.current, byte >= 0x20 else { throw unexpected(.controlCharacter) }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
        }
    }

    /// Reads an escape, at whose backslash the cursor is.
    private mutating func escape() throws(JSONError) {
        let backslash = cursor.position
        cursor.advance()
        let byte: UInt8
        switch cursor.current {
        case UInt8(ascii: "\""): byte = UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): byte = UInt8(ascii: "\\")
        case UInt8(ascii: "/"): byte = UInt8(ascii: "/")
        case UInt8(ascii: "b"): byte = 0x08
        case UInt8(ascii: "f"): byte = 0x0C
        case UInt8(ascii: "n"): byte = 0x0A
        case UInt8(ascii: "r"): byte = 0x0D
        case UInt8(ascii: "t"): byte = 0x09
        case UInt8(ascii: "u"):
            scratch.append(contentsOf: try scalar(from: backslash).utf8)
            return
        case nil: throw unexpected()
        default: throw failure(.invalidEscape, at: backslash)
        }
        cursor.advance()
        scratch.append(byte)
    }
}
