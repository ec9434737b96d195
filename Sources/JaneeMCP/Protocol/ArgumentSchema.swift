package import JaneeJSON

/// A JSON Schema for the arguments of a tool, and the check of arguments against it.
///
/// It knows the keywords `type`, `properties`, `required`, `additionalProperties`, `items`, `enum` (of strings),
/// `minLength` and `maxLength`, and the annotations `title`, `description`, `default` and `examples`. A schema with any
/// other keyword, or with one that its type gives no meaning, is refused: a keyword that is listed to agents but not
/// checked would be a promise not kept.
package struct ArgumentSchema: Sendable {
    let root: Shape

    package init(_ schema: JSONValue) throws(ArgumentSchemaError) {
        let root = try Shape(schema, at: "")
        guard case .object = root else {
            throw ArgumentSchemaError(path: "", problem: "the type of the root must be \"object\"")
        }
        self.root = root
    }

    /// What a schema asks of a value.
    indirect enum Shape: Sendable {
        case anything
        case string(TextShape)
        case number
        case integer
        case boolean
        case null
        case array(items: Shape)
        case object(ObjectShape)
    }

    /// The lengths count Unicode scalars.
    struct TextShape: Sendable {
        var allowed: [JSONValue]?
        var minimumLength = 0
        var maximumLength = Int.max
    }

    struct ObjectShape: Sendable {
        var properties: [(name: String, shape: Shape)] = []
        var required: [String] = []
        var others: Others = .allowed
    }

    /// What an object may hold beside its named properties.
    enum Others: Sendable {
        case allowed
        case refused
        case matching(Shape)
    }
}

/// Why a schema is not usable; always a mistake in the program, not in its input.
package struct ArgumentSchemaError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let problem: String

    package var description: String {
        "inputSchema\(path): \(problem)"
    }
}
