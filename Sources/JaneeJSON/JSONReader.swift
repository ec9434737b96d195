/// Reads JSON as RFC 8259 has it, with nothing added and nothing guessed.
///
/// A document that two readers could understand differently is refused: duplicate keys, invalid UTF-8, half surrogate
/// pairs, comments, trailing commas, a byte order mark. Time and memory are proportional to the input.
package enum JSONReader {
    package static func parse(
        _ bytes: [UInt8],
        limits: JSONLimits = .default
    ) throws(JSONError) -> JSONValue {
        try bytes.withUnsafeBytes { parsed($0, limits) }.get()
    }

    package static func parse(
        _ text: String,
        limits: JSONLimits = .default
    ) throws(JSONError) -> JSONValue {
        var text = text
        return try text.withUTF8 { parsed(UnsafeRawBufferPointer($0), limits) }.get()
    }

    /// Reads memory of the caller, of which the result keeps nothing.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        limits: JSONLimits = .default
    ) throws(JSONError) -> JSONValue {
        try parsed(bytes, limits).get()
    }

    // The closures above rethrow without a type, so the outcome passes through them as a value.
    private static func parsed(
        _ bytes: UnsafeRawBufferPointer,
        _ limits: JSONLimits
    ) -> Result<JSONValue, JSONError> {
        Result { () throws(JSONError) in
            guard bytes.count <= limits.maximumBytes else {
                throw JSONError(.tooLarge, at: 0, in: bytes)
            }
            var parser = JSONParser(bytes, limits: limits)
            return try parser.document()
        }
    }
}
