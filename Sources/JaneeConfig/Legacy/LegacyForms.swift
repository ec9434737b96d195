import JaneeSecrets

/// Reads forms of Janee 0.16's files and documentation as those of this version.
///
/// - Encrypted values inline in the `auth` blocks of a file with a `masterKey` (0.2.0) are taken out.
/// - `capabilities: [{ name: a, … }]`, likewise services, are read as maps.
/// - `rules: [{ allow: GET /x }, { deny: … }]` is read as `rules: { allow: […], deny: […] }`.
///
/// What is malformed is left as it is, so that the strict reader refuses it where it stands.
struct LegacyForms {
    private(set) var root: ConfigNode
    /// The values that stood inline; nil without a `masterKey`.
    private(set) var inline: LegacyCredentials?
    private(set) var problems: [ConfigProblem] = []

    init(_ root: ConfigNode) {
        self.root = root
        guard case .map(let entries) = root.value else { return }
        var key: SecretValue?
        if case .string(let text) = entries.first(where: { $0.key == "masterKey" })?.value.value, !text.isEmpty {
            key = SecretValue(text)
        }
        var blobs: [String: [String: String]] = [:]
        var rewritten: [ConfigEntry] = []
        for entry in entries {
            switch entry.key {
            case "services":
                let node = named(entry.value, "services")
                rewritten.append(entry.with(key == nil ? node : Self.takingBlobs(from: node, into: &blobs)))
            case "capabilities":
                rewritten.append(entry.with(named(entry.value, "capabilities").mapValues(Self.readingRules)))
            default: rewritten.append(entry)
            }
        }
        self.root = ConfigNode(.map(rewritten), at: root.position)
        if let key { inline = LegacyCredentials(masterKey: key, blobs: blobs, isInline: true) }
    }

    /// A list of maps with a `name` as a map by that name.
    private mutating func named(_ node: ConfigNode, _ field: String) -> ConfigNode {
        guard case .list(let items) = node.value, !items.isEmpty else { return node }
        var entries: [ConfigEntry] = []
        for (index, item) in items.enumerated() {
            guard case .map(let fields) = item.value, let name = fields.first(where: { $0.key == "name" }),
                case .string(let text) = name.value.value
            else {
                problems.append(
                    ConfigProblem(
                        at: item.position,
                        field: "\(field)[\(index)]",
                        "must be a map with a 'name'; or write \(field) as a map by name"
                    )
                )
                continue
            }
            guard !entries.contains(where: { $0.key == text }) else {
                problems.append(
                    ConfigProblem(at: name.value.position, field: "\(field)[\(index)].name", "is there more than once")
                )
                continue
            }
            let rest = ConfigNode(.map(fields.filter { $0.key != "name" }), at: item.position)
            entries.append(ConfigEntry(key: text, keyPosition: name.value.position, value: rest))
        }
        return ConfigNode(.map(entries), at: node.position)
    }

    /// A capability whose `rules` are a list, with the patterns by kind.
    private static func readingRules(_ capability: ConfigNode) -> ConfigNode {
        capability.mapEntries { entry in
            guard entry.key == "rules", case .list(let items) = entry.value.value else { return entry }
            var patterns: [(kind: String, position: ConfigPosition, nodes: [ConfigNode])] = []
            for item in items {
                guard case .map(let fields) = item.value, fields.count == 1, let field = fields.first else {
                    return entry
                }
                var nodes = [field.value]
                if case .list(let inner) = field.value.value { nodes = inner }
                if let index = patterns.firstIndex(where: { $0.kind == field.key }) {
                    patterns[index].nodes += nodes
                } else {
                    patterns.append((field.key, field.keyPosition, nodes))
                }
            }
            let rules = patterns.map { kind, position, nodes in
                ConfigEntry(key: kind, keyPosition: position, value: ConfigNode(.list(nodes), at: position))
            }
            return entry.with(ConfigNode(.map(rules), at: entry.value.position))
        }
    }

    /// The services without the encrypted values of their `auth` blocks, which go to `blobs`.
    private static func takingBlobs(from services: ConfigNode, into blobs: inout [String: [String: String]])
        -> ConfigNode
    {
        services.mapEntries { service in
            service.with(
                service.value.mapEntries { block in
                    guard block.key == "auth", case .map(let fields) = block.value.value else { return block }
                    let kept = fields.compactMap { take($0, of: service.key, into: &blobs) }
                    return block.with(ConfigNode(.map(kept), at: block.value.position))
                }
            )
        }
    }

    /// The field without encrypted values; nil if nothing else is left of it.
    private static func take(
        _ field: ConfigEntry,
        of service: String,
        into blobs: inout [String: [String: String]]
    ) -> ConfigEntry? {
        guard LegacyCredentials.fields.contains(field.key) else { return field }
        switch field.value.value {
        case .string(let text) where isBlob(text):
            blobs[service, default: [:]][field.key] = text
            return nil
        case .map(let entries):
            let kept = entries.filter { entry in
                guard case .string(let text) = entry.value.value, isBlob(text) else { return true }
                blobs[service, default: [:]]["\(field.key).\(entry.key)"] = text
                return false
            }
            return kept.isEmpty && !entries.isEmpty ? nil : field.with(ConfigNode(.map(kept), at: field.value.position))
        default: return field
        }
    }

    /// Whether a text can be base64 of nonce, tag and ciphertext.
    private static func isBlob(_ text: String) -> Bool {
        let digits = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.utf8.count - digits.count
        let isBase64 = digits.allSatisfy { byte in
            PercentEncoding.isUnreserved(byte) && !"-._~".utf8.contains(byte) || "+/".utf8.contains(byte)
        }
        return isBase64 && padding <= 2 && text.utf8.count % 4 == 0 && digits.count >= (12 + 16) * 4 / 3
    }
}

extension ConfigEntry {
    fileprivate func with(_ value: ConfigNode) -> ConfigEntry {
        ConfigEntry(key: key, keyPosition: keyPosition, value: value)
    }
}

extension ConfigNode {
    /// The map with each entry changed; anything else as it is.
    fileprivate func mapEntries(_ transform: (ConfigEntry) -> ConfigEntry) -> ConfigNode {
        guard case .map(let entries) = value else { return self }
        return ConfigNode(.map(entries.map(transform)), at: position)
    }

    fileprivate func mapValues(_ transform: (ConfigNode) -> ConfigNode) -> ConfigNode {
        mapEntries { $0.with(transform($0.value)) }
    }
}
