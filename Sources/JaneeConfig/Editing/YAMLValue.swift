import JaneeSecrets

/// A value to be written into a YAML file.
package indirect enum YAMLValue: Sendable, Hashable {
    case text(String)
    case integer(Int)
    case boolean(Bool)
    case list([YAMLValue])
    /// In the order in which it is written.
    case map([Entry])

    package struct Entry: Sendable, Hashable {
        package let key: String
        package let value: YAMLValue

        package init(_ key: String, _ value: YAMLValue) {
            self.key = key
            self.value = value
        }
    }

    /// A list of texts.
    package static func texts(_ texts: [String]) -> YAMLValue { .list(texts.map { .text($0) }) }
}

extension YAMLValue {
    /// On one line, as it stands behind a key, in a list, or inside brackets.
    var flow: String {
        switch self {
        case .text(let text): Self.scalar(text)
        case .integer(let number): String(number)
        case .boolean(let truth): truth ? "true" : "false"
        case .list(let items): items.isEmpty ? "[]" : "[\(items.map(\.flow).joined(separator: ", "))]"
        case .map(let entries):
            entries.isEmpty
                ? "{}" : "{ \(entries.map { "\(Self.scalar($0.key)): \($0.value.flow)" }.joined(separator: ", ")) }"
        }
    }

    /// The lines of `key: value` in block style, without indentation before the first.
    ///
    /// - Parameter step: By how many spaces each level is indented.
    func block(key: String, step: Int) -> [String] {
        let name = Self.scalar(key)
        switch self {
        case .list(let items) where !items.isEmpty:
            return ["\(name):"] + items.map { Self.indent(step) + "- \($0.flow)" }
        case .map(let entries) where !entries.isEmpty:
            let lines = entries.flatMap { $0.value.block(key: $0.key, step: step) }
            return ["\(name):"] + lines.map { Self.indent(step) + $0 }
        default:
            return ["\(name): \(flow)"]
        }
    }

    static func indent(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// The text as a scalar that every YAML reader takes for this text: plain where that is safe, else in quotes.
    static func scalar(_ text: String) -> String {
        if isPlainSafe(text) { return text }
        if text.unicodeScalars.allSatisfy(isPrintable) {
            return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        }
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case _ where isPrintable(scalar): output.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let width = scalar.value > 0xFFFF ? 8 : 4
                output += (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return output + "\""
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }

    /// Words that older YAML takes for truth values or nothing.
    private static let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~"]

    private static func isPlainSafe(_ text: String) -> Bool {
        // Durations such as 30m are the one kind of text that begins with a digit and is common.
        if text.wholeMatch(of: /[0-9]{1,9}[smhd]/) != nil { return true }
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        let isLetter = { (byte: UInt8) in (0x41...0x5A).contains(byte & 0xDF) }
        // What starts with a digit may be a number or a date for one reader or another.
        guard isLetter(first) || first == UInt8(ascii: "/") || first == UInt8(ascii: "_") else { return false }
        guard last != UInt8(ascii: " "), last != UInt8(ascii: ":"), !words.contains(text.lowercased()) else {
            return false
        }
        guard !text.contains(": "), !text.contains(" #") else { return false }
        return text.utf8.allSatisfy { byte in
            isLetter(byte) || (0x30...0x39).contains(byte) || " -_./*~+@$()%=:".utf8.contains(byte)
        }
    }
}

extension YAMLValue {
    /// The value as it will be read.
    var node: ConfigNode {
        let value: ConfigNode.Value =
            switch self {
            case .text(let text): .string(text)
            case .integer(let number): .integer(number)
            case .boolean(let truth): .boolean(truth)
            case .list(let items): .list(items.map(\.node))
            case .map(let entries):
                .map(entries.map { ConfigEntry(key: $0.key, keyPosition: .start, value: $0.value.node) })
            }
        return ConfigNode(value, at: .start)
    }
}
