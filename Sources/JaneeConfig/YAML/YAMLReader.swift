package import JaneeSecrets
import Yams

/// Reads YAML into nodes with positions, by YAML 1.2's core schema, strictly and within limits.
///
/// Yams' own error texts quote the source line, which may hold a secret; only positions and the parser's fixed words
/// are taken from them.
package enum YAMLReader {
    /// The largest file, in bytes.
    package static let maximumBytes = 1 << 20
    /// The most nodes after aliases are followed; an alias bomb ends here.
    package static let maximumNodes = 100_000
    /// The deepest nesting.
    package static let maximumDepth = 64

    /// Parses one document; a file without content is an empty map.
    package static func parse(_ bytes: [UInt8]) throws(ConfigProblem) -> ConfigNode {
        guard bytes.count <= maximumBytes else {
            throw problem(at: .start, "the file is larger than \(maximumBytes) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw problem(at: .start, "the file is not UTF-8")
        }
        // Yams compares the keys of a map before anything can be counted, and a key may be an alias of a bomb.
        guard !text.contains(/(^|[\s,\[{(:\-])&\S/) || !text.contains(/[\]}]\s*:|\*[^\s,\]}]+\s*:|(^|[\s,\[{\-])\?\s/)
        else {
            throw problem(at: .start, "anchors ('&') cannot be used together with keys that are no plain text")
        }
        guard let root = try compose(text) else { return ConfigNode(.map([]), at: .start) }
        var budget = maximumNodes
        let node = try convert(root, depth: 0, budget: &budget)
        if case .null = node.value { return ConfigNode(.map([]), at: node.position) }
        return node
    }

    /// Composes, reading a conditional reference as if it were quoted where plain YAML stops at its ` : `.
    private static func compose(_ text: String) throws(ConfigProblem) -> Node? {
        var lines = ConditionalLines(text)
        while true {
            do {
                return try Yams.compose(yaml: lines.text, .default, .default, .utf8)
            } catch let error as YamlError {
                let failure = describe(error, in: lines.text)
                guard lines.quoteConditional(near: failure.position.line) else { throw failure }
            } catch {
                throw problem(at: .start, "the file is not valid YAML")
            }
        }
    }

    private static func convert(_ node: Node, depth: Int, budget: inout Int) throws(ConfigProblem) -> ConfigNode {
        let position = node.mark.map { ConfigPosition(line: $0.line, column: $0.column) } ?? .start
        budget -= 1
        guard budget >= 0 else { throw problem(at: position, "the file has more than \(maximumNodes) values") }
        guard depth <= maximumDepth else { throw problem(at: position, "values are nested too deeply") }
        switch node {
        case .scalar(let scalar):
            return ConfigNode(try CoreSchema.value(of: scalar, at: position), at: position)
        case .sequence(let sequence):
            var items: [ConfigNode] = []
            for item in sequence { items.append(try convert(item, depth: depth + 1, budget: &budget)) }
            return ConfigNode(.list(items), at: position)
        case .mapping(let mapping):
            var entries: [ConfigEntry] = []
            var names: Set<String> = []
            for (key, value) in mapping {
                let keyPosition = key.mark.map { ConfigPosition(line: $0.line, column: $0.column) } ?? position
                guard case .scalar(let scalar) = key else { throw problem(at: keyPosition, "a key must be plain text") }
                // To Yams keys with different tags are different.
                guard names.insert(scalar.string).inserted else {
                    throw problem(at: keyPosition, "this key appears more than once in the same map")
                }
                if scalar.string == "<<", scalar.style == .plain {
                    throw problem(at: keyPosition, "merge keys ('<<') are not supported; write the fields out")
                }
                let node = try convert(value, depth: depth + 1, budget: &budget)
                entries.append(ConfigEntry(key: scalar.string, keyPosition: keyPosition, value: node))
            }
            return ConfigNode(.map(entries), at: position)
        case .alias:
            throw problem(at: position, "this alias cannot be followed")
        }
    }

    private static func describe(_ error: YamlError, in text: String) -> ConfigProblem {
        switch error {
        case .scanner(_, let words, let mark, _), .parser(_, let words, let mark, _),
            .composer(_, let words, let mark, _):
            problem(at: ConfigPosition(line: mark.line, column: mark.column), "the file is not valid YAML: \(words)")
        case .duplicatedKeysInMapping(let keys, let context):
            problem(
                at: repetition(of: keys.first ?? "", after: context.mark, in: text),
                "this key appears more than once in the same map (first on line \(context.mark.line))"
            )
        case .reader(let words, let offset, _, _):
            problem(at: place(of: text.prefix(offset ?? 0)), "the file is not valid YAML: \(words)")
        default:
            problem(at: .start, "the file is not valid YAML")
        }
    }

    /// The place after the text `before`.
    private static func place(of before: Substring) -> ConfigPosition {
        let lines = before.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        return ConfigPosition(line: max(lines.count, 1), column: (lines.last?.unicodeScalars.count ?? 0) + 1)
    }

    /// Where a key of a block map stands again; the first place if that cannot be told.
    private static func repetition(of key: String, after first: Mark, in text: String) -> ConfigPosition {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated().dropFirst(first.line) {
            let content = line.drop { $0 == " " }
            guard line.count - content.count == first.column - 1 else { continue }
            let isKey = ["\(key):", "\"\(key)\":", "'\(key)':"].contains { content.hasPrefix($0) }
            if isKey { return ConfigPosition(line: index + 1, column: first.column) }
        }
        return ConfigPosition(line: first.line, column: first.column)
    }

    private static func problem(at position: ConfigPosition, _ message: String) -> ConfigProblem {
        ConfigProblem(at: position, field: "", message)
    }
}

extension ConfigPosition {
    /// The first character of a file.
    package static let start = ConfigPosition(line: 1, column: 1)
}
