import JaneeSecrets

/// Short ways to write nodes; every node of a map stands on a line of its own.
extension ConfigNode {
    static func text(_ text: String, _ line: Int = 1, _ column: Int = 1) -> ConfigNode {
        ConfigNode(.string(text), at: ConfigPosition(line: line, column: column))
    }

    static func plain(_ value: Value, _ line: Int = 1, _ column: Int = 1) -> ConfigNode {
        ConfigNode(value, at: ConfigPosition(line: line, column: column))
    }

    /// A map whose keys stand in column 3 of lines from `line` on and whose values follow in column 10.
    static func map(_ pairs: KeyValuePairs<String, Value>, line: Int = 1) -> ConfigNode {
        let entries = pairs.enumerated()
            .map { index, pair in
                ConfigEntry(
                    key: pair.key,
                    keyPosition: ConfigPosition(line: line + index, column: 3),
                    value: ConfigNode(pair.value, at: ConfigPosition(line: line + index, column: 10))
                )
            }
        return ConfigNode(.map(entries), at: ConfigPosition(line: line, column: 3))
    }
}

extension ConfigProblem {
    /// The problem as compilers print theirs, without a file.
    var line: String { "\(position.line):\(position.column) \(code) \(field): \(message)" }
}
