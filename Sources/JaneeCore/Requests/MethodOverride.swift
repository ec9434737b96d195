/// Refuses the parameter `_method`, which some frameworks take for the method of the request.
///
/// The rules would be asked about one method and the upstream would act on another. Found are the spellings that these
/// frameworks accept, in the query and in the kinds of body that they read parameters from.
enum MethodOverride {
    private static let name = Array("_method".utf8)

    /// Looks at the body of a request with the content type `type`.
    static func refuse(inBody body: [UInt8], type: String) throws(RequestRefusal) {
        let type = type.lowercased()
        if type.hasPrefix("application/x-www-form-urlencoded") {
            try refuse(inParameters: body)
        } else if type.hasPrefix("multipart/") {
            try refuse(inParts: body)
        } else if type.contains("json") {
            try refuse(inJSON: body)
        }
    }

    /// Looks at `a=b&c=d`, a query or a form.
    static func refuse(inParameters bytes: [UInt8]) throws(RequestRefusal) {
        for parameter in bytes.split(whereSeparator: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") }) {
            let name = Array(parameter.prefix { $0 != UInt8(ascii: "=") })
            let decoded = (PercentNormaliser.decode(name) ?? name).map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
            // PHP drops white space in front, stops at NUL, and has an underscore for dots and brackets.
            let read = decoded.drop { $0 <= 0x20 && $0 != 0 }.prefix { $0 != 0 }
                .map { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") ? UInt8(ascii: "_") : lowercased($0) }
            if read == Self.name { throw refusal }
        }
    }

    /// Looks for a part with the name, quoted or not; a file that holds it quoted counts as well.
    private static func refuse(inParts body: [UInt8]) throws(RequestRefusal) {
        let marks = Set(#""'="#.utf8)
        for start in occurrences(in: body) where start > 0 && marks.contains(body[start - 1]) {
            guard let after = body[(start + name.count)...].first else { continue }
            if !isWord(after) { throw refusal }
        }
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
