/// Checks a node against a schema and collects every problem, in file order.
public struct ConfigValidator {
    /// What was found so far.
    public private(set) var problems: [ConfigProblem] = []
    /// The code of structural problems: `PROVIDER_CONFIG_INVALID` inside `providers`.
    private let code: String

    /// Makes a validator whose structural problems carry `code`.
    public init(code: String = ConfigProblem.generalCode) {
        self.code = code
    }

    /// Checks `node`, which stands at `field`; true if it has no problem.
    @discardableResult
    public mutating func check(_ node: ConfigNode, against schema: ConfigSchema, field: String) -> Bool {
        let before = problems.count
        visit(node, schema, field)
        return problems.count == before
    }

    private mutating func visit(_ node: ConfigNode, _ schema: ConfigSchema, _ field: String) {
        switch (schema, node.value) {
        case (.anything, _), (.boolean, .boolean):
            return
        case (.stringOrInteger(let format), .integer(let number)):
            report(format.check(String(number)), at: node.position, field)
        case (.string(let format), .string(let text)), (.stringOrObject(let format, _), .string(let text)),
            (.stringOrInteger(let format), .string(let text)):
            report(format.check(text), at: node.position, field)
        case (.string, .boolean), (.string, .integer), (.string, .number), (.stringOrObject, .boolean),
            (.stringOrObject, .integer), (.stringOrObject, .number), (.stringOrInteger, .number):
            report("must be \(schema.kindName), found \(node.kindName); put it in quotes", at: node.position, field)
        case (.integer(let range), .integer(let number)):
            if !range.contains(number) {
                report("must be from \(range.lowerBound) to \(range.upperBound)", at: node.position, field)
            }
        case (.integer(let range), .number):
            report(
                "must be a whole number from \(range.lowerBound) to \(range.upperBound), in digits alone",
                at: node.position,
                field
            )
        case (.number(let range), .integer), (.number(let range), .number):
            if node.number.map(range.contains) != true {
                report("must be from \(range.lowerBound) to \(range.upperBound)", at: node.position, field)
            }
        case (.list(let item), .list(let nodes)):
            for (index, element) in nodes.enumerated() { visit(element, item, "\(field)[\(index)]") }
        case (.map(let keys, let values), .map(let entries)):
            for entry in entries {
                let path = Self.join(field, entry.key)
                if let refusal = keys.check(entry.key) { report(refusal, at: entry.keyPosition, path) }
                visit(entry.value, values, path)
            }
        case (.objectOrList(let object), .list(let nodes)):
            if nodes.isEmpty { report("must hold at least one map", at: node.position, field) }
            for (index, element) in nodes.enumerated() { visit(element, .object(object), "\(field)[\(index)]") }
        case (.object(let object), .map(let entries)), (.stringOrObject(_, let object), .map(let entries)),
            (.objectOrList(let object), .map(let entries)):
            visit(entries, object, discriminator: nil, siblings: [], at: node.position, field)
        case (.union(let union), .map(let entries)):
            visit(entries, union, at: node.position, field)
        default:
            report("must be \(schema.kindName), found \(node.kindName)", at: node.position, field)
        }
    }

    private mutating func visit(
        _ entries: [ConfigEntry],
        _ union: ConfigUnion,
        at position: ConfigPosition,
        _ field: String
    ) {
        let names = union.variants.map(\.name)
        guard let chosen = entries.first(where: { $0.key == union.discriminator }) else {
            report(
                "misses '\(union.discriminator)', which must be one of: \(names.joined(separator: ", "))",
                at: position,
                field
            )
            return
        }
        guard case .string(let name) = chosen.value.value,
            let variant = union.variants.first(where: { $0.name == name })
        else {
            let path = Self.join(field, union.discriminator)
            visit(chosen.value, .string(.oneOf(names)), path)
            return
        }
        visit(
            entries,
            variant.object,
            discriminator: union.discriminator,
            siblings: union.variants.filter { $0.name != name },
            at: position,
            field
        )
    }

    private mutating func visit(
        _ entries: [ConfigEntry],
        _ object: ConfigObject,
        discriminator: String?,
        siblings: [(name: String, object: ConfigObject)],
        at position: ConfigPosition,
        _ field: String
    ) {
        for required in object.fields where required.isRequired && !entries.contains(where: { $0.key == required.name })
        {
            report("misses the required field '\(required.name)'", at: position, field)
        }
        for entry in entries where entry.key != discriminator {
            let path = Self.join(field, entry.key)
            if let known = object.fields.first(where: { $0.name == entry.key }) {
                if case .null = entry.value.value, !known.isRequired {
                    // A block of the file without a value ("server:" above commented lines) is an absent one. Further in,
                    // "allow:" without patterns could mean none or all.
                    if !field.isEmpty {
                        report("has no value; write one, [] or {}, or remove it", at: entry.keyPosition, path)
                    }
                    continue
                }
                visit(entry.value, known.schema, path)
            } else if let owners = Self.owners(of: entry.key, among: siblings) {
                report("belongs to \(discriminator ?? "") \(owners), not to this one", at: entry.keyPosition, path)
            } else {
                reportUnknown(entry, object.fields.map(\.name) + (discriminator.map { [$0] } ?? []), field)
            }
        }
    }

    /// The variants that have a field, as a message lists them; nil if none has.
    private static func owners(of field: String, among variants: [(name: String, object: ConfigObject)]) -> String? {
        let names = variants.filter { $0.object.fields.contains { $0.name == field } }.map { "'\($0.name)'" }
        guard let last = names.last else { return nil }
        return names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " or " + last
    }

    private mutating func reportUnknown(_ entry: ConfigEntry, _ known: [String], _ field: String) {
        if let hint = NearestName.of(entry.key, among: known) {
            report("is not a known field; did you mean '\(hint)'?", at: entry.keyPosition, Self.join(field, entry.key))
        } else if ConfigKey.looksLikeName(entry.key) {
            let names = known.joined(separator: ", ")
            report("is not a known field; known here: \(names)", at: entry.keyPosition, Self.join(field, entry.key))
        } else {
            report(
                "has an unknown field, whose name is not shown because it could be a value; is a space missing after ':'?",
                at: entry.keyPosition,
                field
            )
        }
    }

    private mutating func report(_ message: String, at position: ConfigPosition, _ field: String) {
        problems.append(ConfigProblem(code: code, at: position, field: field, message))
    }

    private mutating func report(_ refusal: ConfigStringFormat.Refusal?, at position: ConfigPosition, _ field: String) {
        guard let refusal else { return }
        problems.append(ConfigProblem(code: refusal.code ?? code, at: position, field: field, refusal.message))
    }

    private static func join(_ field: String, _ key: String) -> String {
        field.isEmpty ? key : "\(field).\(key)"
    }
}

extension ConfigSchema {
    fileprivate var kindName: String {
        switch self {
        case .string: "text"
        case .stringOrInteger: "text or a whole number"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .list: "a list"
        case .map, .object, .union: "a map"
        case .stringOrObject: "text or a map"
        case .objectOrList: "a map or a list of maps"
        case .anything: "anything"
        }
    }
}
