/// A checked map of a configuration file, read by field name.
///
/// The schema has been enforced before a section is handed out, so reading a field gives its value or nil if absent.
public struct ConfigSection: Sendable {
    /// The field's path, such as `providers.prodVault`.
    public let field: String
    /// Where the map starts.
    public let position: ConfigPosition
    private let entries: [String: ConfigEntry]

    /// Wraps a map; nil if `node` is something else.
    public init?(_ node: ConfigNode, field: String) {
        guard case .map(let entries) = node.value else { return nil }
        self.field = field
        position = node.position
        self.entries = Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The keys that are there.
    public var keys: some Collection<String> { entries.keys }

    /// The node of a field.
    public func node(_ name: String) -> ConfigNode? { entries[name]?.value }

    /// The text of a field.
    public func string(_ name: String) -> String? {
        guard case .string(let text) = node(name)?.value else { return nil }
        return text
    }

    /// The whole number of a field.
    public func integer(_ name: String) -> Int? {
        guard case .integer(let number) = node(name)?.value else { return nil }
        return number
    }

    /// The number of a field, whole or not.
    public func number(_ name: String) -> Double? { node(name)?.number }

    /// The truth of a field.
    public func boolean(_ name: String) -> Bool? {
        guard case .boolean(let truth) = node(name)?.value else { return nil }
        return truth
    }

    /// The texts of a list.
    public func strings(_ name: String) -> [String]? {
        guard case .list(let nodes) = node(name)?.value else { return nil }
        return nodes.compactMap { if case .string(let text) = $0.value { text } else { nil } }
    }

    /// The map of a field.
    public func section(_ name: String) -> ConfigSection? {
        node(name).flatMap { ConfigSection($0, field: "\(field).\(name)") }
    }

    /// Where a field's value starts, or the section's own place if it is absent.
    public func position(of name: String) -> ConfigPosition {
        node(name)?.position ?? position
    }
}

extension ConfigNode {
    /// The value as a number; nil if it is none.
    var number: Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let text): Double(text)
        default: nil
        }
    }
}

extension ConfigSection {
    /// The fields with free keys, in file order: names, places and values of a map.
    public static func entries(of node: ConfigNode?) -> [ConfigEntry] {
        guard case .map(let entries) = node?.value else { return [] }
        return entries
    }
}
