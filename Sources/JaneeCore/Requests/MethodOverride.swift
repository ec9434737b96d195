/// Refuses the parameter `_method`, which some frameworks take for the method of the request.
///
/// The rules would be asked about one method and the upstream would act on another. Found are the spellings that these
/// frameworks accept, in the query and in the kinds of body that they read parameters from.
enum MethodOverride {
    private static let name = Array("_method".utf8)

    /// Looks at the body of a request with the content type `type`.
    static func refuse(inBody body: [UInt8], type: String) throws(RequestRefusal) {
        // Wherever the word stands in the header: some readers look past quotes and white space.
        let type = type.lowercased()
        if type.contains("urlencoded") { try refuse(inParameters: body) }
        if type.contains("multipart") { try refuse(inParts: body) }
        if type.contains("json") { try refuse(inJSON: body) }
    }

    /// Looks at `a=b&c=d`, a query or a form.
    static func refuse(inParameters bytes: [UInt8]) throws(RequestRefusal) {
        for parameter in bytes.split(whereSeparator: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") }) {
            let name = Array(parameter.prefix { $0 != UInt8(ascii: "=") })
            let decoded = (PercentNormaliser.decode(name) ?? name).map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
            if isOverride(decoded) { throw refusal }
        }
    }

    /// Whether a name is read as `_method`: PHP drops white space in front, stops at NUL, and has an underscore for dots
    /// and brackets.
    private static func isOverride(_ name: some Sequence<UInt8>) -> Bool {
        name.drop { $0 <= 0x20 && $0 != 0 }.prefix { $0 != 0 }
            .map { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") ? UInt8(ascii: "_") : lowercased($0) }
            == Self.name
    }

    /// Looks for a part with the name, quoted or not; a file that holds it quoted counts as well.
    private static func refuse(inParts body: [UInt8]) throws(RequestRefusal) {
        for value in nameParameters(of: body) {
            // Without the backslashes of a quoted text, and with the escapes of `name*=utf-8''…` decoded.
            let plain = value.filter { $0 != UInt8(ascii: "\\") }
            let decoded = PercentNormaliser.decode(plain) ?? plain
            let extended = decoded.lastIndex(of: UInt8(ascii: "'")).map { Array(decoded[($0 + 1)...]) } ?? decoded
            if isOverride(plain) || isOverride(decoded) || isOverride(extended) { throw refusal }
        }
        let marks = Set(#""'="#.utf8)
        for start in occurrences(in: body) where start > 0 && marks.contains(body[start - 1]) {
            guard let after = body[(start + name.count)...].first else { continue }
            if !isWord(after) { throw refusal }
        }
    }

    /// The values of all `name=` and `name*=` in lines that may be a part's `Content-Disposition`.
    private static func nameParameters(of body: [UInt8]) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for line in body.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let lower = line.map(lowercased)
            // A line that is folded begins with white space.
            guard lower.starts(with: "content-disposition".utf8) || (lower.first ?? 0) <= 0x20 else { continue }
            var index = 0
            let word = Array("name".utf8)
            while index + word.count < lower.count {
                defer { index += 1 }
                guard lower[index..<index + word.count].elementsEqual(word), index > 0, !isWord(lower[index - 1]) else {
                    continue
                }
                var rest = lower[(index + word.count)...].drop { $0 <= 0x20 || $0 == UInt8(ascii: "*") }
                guard rest.popFirst() == UInt8(ascii: "=") else { continue }
                rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
                if rest.first == UInt8(ascii: "\"") {
                    values.append(quoted(rest.dropFirst()))
                } else {
                    values.append(Array(rest.prefix { $0 != UInt8(ascii: ";") && $0 > 0x20 }))
                }
            }
        }
        return values
    }

    /// A quoted text up to its closing quote, which no backslash stands before.
    private static func quoted(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var value: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            if byte == UInt8(ascii: "\""), !isEscaped { break }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            value.append(byte)
        }
        return value
    }

    /// Looks for a member with the name, in any object, also in a text that is not quite JSON.
    private static func refuse(inJSON body: [UInt8]) throws(RequestRefusal) {
        let text = resolvingWordEscapes(body)
        for start in occurrences(in: text) where start > 0 && text[start - 1] == UInt8(ascii: "\"") {
            // A quote that is escaped is inside another text.
            if start > 1, text[start - 2] == UInt8(ascii: "\\") { continue }
            var rest = text[(start + name.count)...]
            guard rest.popFirst() == UInt8(ascii: "\"") else { continue }
            if rest.first(where: { $0 > 0x20 }) == UInt8(ascii: ":") { throw refusal }
        }
    }

    /// The text with the escapes of letters, digits and `_` resolved and everything else as it is.
    private static func resolvingWordEscapes(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count {
                let digits = String(decoding: bytes[(index + 1)...].prefix(5), as: UTF8.self)
                if digits.utf8.count == 5, digits.hasPrefix("u00"), let value = UInt8(digits.dropFirst(3), radix: 16),
                    isWord(value)
                {
                    output.append(value)
                    index += 6
                    continue
                }
                output.append(bytes[index])
                index += 1
            }
            output.append(bytes[index])
            index += 1
        }
        return output
    }

    /// Where the name stands, in upper or lower case.
    private static func occurrences(in bytes: [UInt8]) -> [Int] {
        var found: [Int] = []
        for start in bytes.indices where bytes[start] == name[0] && start + name.count <= bytes.count {
            if bytes[start..<start + name.count].lazy.map(lowercased).elementsEqual(name) { found.append(start) }
        }
        return found
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch lowercased(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static var refusal: RequestRefusal {
        RequestRefusal("the parameter '_method' is not allowed: name the method in 'method'")
    }
}
