import JaneeSecrets

/// Percent-encoding of a request's path and query.
enum PercentNormaliser {
    /// Decodes escapes of unreserved characters, writes the others in upper case, and encodes what `isLegal` refuses.
    static func normalise(
        _ bytes: ArraySlice<UInt8>,
        keeping isLegal: (UInt8) -> Bool,
        in part: String
    ) throws(RequestRefusal) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let value = escape(bytes[index + 1], bytes[index + 2]) else {
                    throw RequestRefusal(
                        "\(part): '%' must be followed by two hexadecimal digits; write %25 for the character"
                    )
                }
                if PercentEncoding.isUnreserved(value) {
                    output.append(value)
                } else {
                    PercentEncoding.appendEscape(of: value, to: &output)
                }
                index += 3
            } else {
                if isLegal(byte) { output.append(byte) } else { PercentEncoding.appendEscape(of: byte, to: &output) }
                index += 1
            }
        }
        return output
    }

    /// Decodes every well-formed escape once; nil if there is none.
    static func decode(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.contains(UInt8(ascii: "%")) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var found = false
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = escape(bytes[index + 1], bytes[index + 2])
            {
                output.append(value)
                found = true
                index += 3
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return found ? output : nil
    }

    private static func escape(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = PercentEncoding.hexDigit(high), let low = PercentEncoding.hexDigit(low) else { return nil }
        return high << 4 | low
    }
}
