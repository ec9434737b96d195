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
        let (root, repeated) = try read(bytes)
        if let first = repeated.first { throw first }
        return root
    }

    /// Parses one document, and goes on where a key stands in one map more than once: the first one counts, the others
    /// are among the problems.
    package static func read(_ bytes: [UInt8]) throws(ConfigProblem) -> (root: ConfigNode, problems: [ConfigProblem]) {
        guard bytes.count <= maximumBytes else {
            throw YAMLFailure.problem(at: .start, "the file is larger than \(maximumBytes) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw YAMLFailure.problem(at: place(ofInvalid: bytes), "the file is not UTF-8 from here on")
        }
        // Yams compares the keys of a map before anything can be counted, and a key may be an alias of a bomb.
        if text.contains(/(^|[\s,\[{(:\-])&\S/),
            let key = text.firstMatch(of: /[\]}]\s*:|\*[^\s,\]}]+\s*:|(^|[\s,\[{\-])\?\s/)
        {
            throw YAMLFailure.problem(
                at: YAMLFailure.place(of: text[..<key.range.lowerBound]),
                "anchors ('&') cannot be used together with keys that are no plain text"
            )
        }
        var keys = RepeatedKeys()
        guard let root = try compose(text, &keys) else { return (ConfigNode(.map([]), at: .start), []) }
        var conversion = YAMLConversion(keys: keys)
        let node = try conversion.convert(root, depth: 0)
        if case .null = node.value { return (ConfigNode(.map([]), at: node.position), conversion.problems) }
        return (node, conversion.problems)
    }

    /// Composes, reading a conditional reference as if it were quoted where plain YAML stops at its ` : `, and going on
    /// after a key that is there already.
    private static func compose(_ text: String, _ keys: inout RepeatedKeys) throws(ConfigProblem) -> Node? {
        var lines = ConditionalLines(text)
        while true {
            do {
                return try Yams.compose(yaml: lines.text, .default, .default, .utf8)
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                guard let name = names.first, keys.hide(name, at: ConfigPosition(context.mark), in: &lines.lines) else {
                    throw YAMLFailure.repeated(at: ConfigPosition(context.mark), firstOn: context.mark.line)
                }
            } catch let error as YamlError {
                let failure = YAMLFailure.problem(error, in: lines.text)
                guard lines.quoteConditional(near: failure.position.line) else { throw failure }
            } catch {
                throw YAMLFailure.problem(at: .start, "the file is not valid YAML")
            }
        }
    }

    /// The place of the first bytes that are not UTF-8.
    private static func place(ofInvalid bytes: [UInt8]) -> ConfigPosition {
        let repaired = String(decoding: bytes, as: UTF8.self)
        var length = 0
        for scalar in repaired.unicodeScalars {
            let width = UTF8.width(scalar)
            guard length + width <= bytes.count,
                UTF8.encode(scalar).map({ bytes[length..<(length + width)].elementsEqual($0) }) == true
            else { break }
            length += width
        }
        return YAMLFailure.place(of: Substring(String(decoding: bytes[..<length], as: UTF8.self)))
    }
}

extension ConfigPosition {
    /// The first character of a file.
    package static let start = ConfigPosition(line: 1, column: 1)
}
