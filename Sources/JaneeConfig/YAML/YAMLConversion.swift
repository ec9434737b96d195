import JaneeSecrets
import Yams

/// Turns the parser's tree into nodes, within limits.
struct YAMLConversion {
    /// Keys that stand in one map more than once, in file order.
    private(set) var problems: [ConfigProblem] = []
    private let keys: RepeatedKeys
    private var budget = YAMLReader.maximumNodes
    private var reported: Set<ConfigPosition> = []

    init(keys: RepeatedKeys) {
        self.keys = keys
    }

    mutating func convert(_ node: Node, depth: Int) throws(ConfigProblem) -> ConfigNode {
        let position = node.mark.map { ConfigPosition($0) } ?? .start
        budget -= 1
        guard budget >= 0 else {
            throw YAMLFailure.problem(at: position, "the file has more than \(YAMLReader.maximumNodes) values")
        }
        guard depth <= YAMLReader.maximumDepth else {
            throw YAMLFailure.problem(at: position, "values are nested more than \(YAMLReader.maximumDepth) deep")
        }
        switch node {
        case .scalar(let scalar):
            try Self.check(scalar.tag, .str, at: position)
            return ConfigNode(CoreSchema.value(of: scalar), at: position)
        case .sequence(let sequence):
            try Self.check(sequence.tag, .seq, at: position)
            var items: [ConfigNode] = []
            for item in sequence { items.append(try convert(item, depth: depth + 1)) }
            return ConfigNode(.list(items), at: position)
        case .mapping(let mapping):
            try Self.check(mapping.tag, .map, at: position)
            return ConfigNode(.map(try entries(of: mapping, at: position, depth: depth)), at: position)
        case .alias:
            throw YAMLFailure.problem(at: position, "this alias cannot be followed")
        }
    }

    private mutating func entries(
        of mapping: Node.Mapping,
        at position: ConfigPosition,
        depth: Int
    ) throws(ConfigProblem) -> [ConfigEntry] {
        var entries: [ConfigEntry] = []
        var lines: [String: Int] = [:]
        for (key, value) in mapping {
            let keyPosition = key.mark.map { ConfigPosition($0) } ?? position
            guard case .scalar(let scalar) = key else {
                throw YAMLFailure.problem(at: keyPosition, "a key must be plain text")
            }
            let name = keys.name(of: scalar.string, at: keyPosition)
            if name == "<<", scalar.style == .plain {
                throw YAMLFailure.problem(
                    at: keyPosition,
                    "merge keys ('<<') are not supported; write the fields out"
                )
            }
            let node = try convert(value, depth: depth + 1)
            if let first = lines[name] {
                // An anchored map is walked once for each of its aliases.
                if reported.insert(keyPosition).inserted {
                    problems.append(YAMLFailure.repeated(at: keyPosition, firstOn: first))
                }
                continue
            }
            lines[name] = keyPosition.line
            entries.append(ConfigEntry(key: name, keyPosition: keyPosition, value: node))
        }
        return entries
    }

    /// Refuses a tag written out, which would be a meaning that nothing here gives; `!!str` makes text of what looks
    /// otherwise, and `!!map` and `!!seq` say what is there anyway.
    private static func check(_ tag: Tag, _ harmless: Tag.Name, at position: ConfigPosition) throws(ConfigProblem) {
        guard tag.description.isEmpty || tag.description == harmless.rawValue else {
            throw YAMLFailure.problem(at: position, "tags are not supported; '!!str' alone may be written before text")
        }
    }
}
