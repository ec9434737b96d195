/// A place in a configuration file, both numbers starting at 1.
public struct ConfigPosition: Hashable, Sendable, Comparable {
    /// The line.
    public let line: Int
    /// The column, in characters.
    public let column: Int

    /// Makes a position.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Orders by line, then column.
    public static func < (left: ConfigPosition, right: ConfigPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// A parsed configuration value that knows where it stands in its file.
public struct ConfigNode: Sendable {
    /// The kinds of values, by YAML 1.2's core schema.
    public enum Value: Sendable {
        /// `null`, `~` or nothing.
        case null
        /// `true` or `false`.
        case boolean(Bool)
        /// A whole number.
        case integer(Int)
        /// Any other number, by its text.
        case number(String)
        /// Text.
        case string(String)
        /// A list.
        case list([ConfigNode])
        /// A map, in file order.
        case map([ConfigEntry])
    }

    /// The value.
    public let value: Value
    /// Where it starts.
    public let position: ConfigPosition

    /// Makes a node.
    public init(_ value: Value, at position: ConfigPosition) {
        self.value = value
        self.position = position
    }

    /// What a message calls a value of this kind.
    var kindName: String { value.kindName }
}

extension ConfigNode.Value {
    /// What a message calls a value of this kind.
    var kindName: String {
        switch self {
        case .null: "nothing"
        case .boolean: "true/false"
        case .integer, .number: "a number"
        case .string: "text"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

extension ConfigNode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Kind and place; never the value, which may be a credential.
    public var description: String { "\(kindName) at \(position.line):\(position.column)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ConfigNode.Value: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind; never the value, which may be a credential.
    public var description: String { kindName }
    /// The same as ``description``.
    public var debugDescription: String { kindName }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// One key of a map with its value.
public struct ConfigEntry: Sendable {
    /// The key.
    public let key: String
    /// Where the key starts.
    public let keyPosition: ConfigPosition
    /// The value.
    public let value: ConfigNode

    /// Makes an entry.
    public init(key: String, keyPosition: ConfigPosition, value: ConfigNode) {
        self.key = key
        self.keyPosition = keyPosition
        self.value = value
    }
}
