extension JSONValue {
    /// The value as text: in one line without spaces, or indented by two spaces a level.
    package func serialized(pretty: Bool = false) -> String {
        var output: [UInt8] = []
        write(into: &output, pretty: pretty)
        return String(decoding: output, as: UTF8.self)
    }

    /// The value as UTF-8, in one line without spaces.
    package var bytes: [UInt8] {
        var output: [UInt8] = []
        write(into: &output)
        return output
    }

    /// Writes the value as UTF-8 at the end of `output`, with no line feed after it.
    package func write(into output: inout [UInt8], pretty: Bool = false) {
        write(into: &output, indentation: pretty ? 0 : nil)
    }

    /// The indentation is that of the line the value begins in; nil writes everything in one line.
    private func write(into output: inout [UInt8], indentation: Int?) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(true): output.append(contentsOf: "true".utf8)
        case .bool(false): output.append(contentsOf: "false".utf8)
        case .number(let number): output.append(contentsOf: number.literal.utf8)
        case .string(let string): JSONWriter.appendString(string, into: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            let inner = indentation.map { $0 + 2 }
            var isFirst = true
            for element in elements {
                Self.separate(&isFirst, inner, into: &output)
                element.write(into: &output, indentation: inner)
            }
            if !elements.isEmpty { Self.breakLine(indentation, into: &output) }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            let inner = indentation.map { $0 + 2 }
            var isFirst = true
            for (key, value) in object {
                Self.separate(&isFirst, inner, into: &output)
                JSONWriter.appendString(key, into: &output)
                output.append(UInt8(ascii: ":"))
                if inner != nil { output.append(UInt8(ascii: " ")) }
                value.write(into: &output, indentation: inner)
            }
            if !object.isEmpty { Self.breakLine(indentation, into: &output) }
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func separate(_ isFirst: inout Bool, _ indentation: Int?, into output: inout [UInt8]) {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        breakLine(indentation, into: &output)
    }

    private static func breakLine(_ indentation: Int?, into output: inout [UInt8]) {
        guard let indentation else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
    }
}
