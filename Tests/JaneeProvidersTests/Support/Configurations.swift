import JaneeSecrets

extension ConfigSection {
    /// A section of plain values, as a file would give it.
    static func forTests(_ values: [String: ConfigNode.Value]) -> ConfigSection? {
        ConfigSection(.forTests(values), field: "providers.test")
    }
}

extension ConfigNode {
    /// A map of plain values.
    static func forTests(_ values: [String: ConfigNode.Value]) -> ConfigNode {
        let place = ConfigPosition(line: 1, column: 1)
        let entries = values.sorted { $0.key < $1.key }
            .map { key, value in
                ConfigEntry(key: key, keyPosition: place, value: ConfigNode(value, at: place))
            }
        return ConfigNode(.map(entries), at: place)
    }
}

extension ConfigNode.Value {
    /// A map of plain values.
    static func map(_ values: [String: ConfigNode.Value]) -> ConfigNode.Value {
        ConfigNode.forTests(values).value
    }
}

extension ProviderDefinition {
    /// What the strict reader says about a configuration, one line for each problem.
    func problems(_ values: [String: ConfigNode.Value]) -> [String] {
        var validator = ConfigValidator()
        validator.check(.forTests(values), against: .object(configuration), field: "providers.test")
        return validator.problems.map { "\($0.field): \($0.message)" }
    }
}
