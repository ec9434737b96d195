import JaneeJSON

extension ArgumentSchema.Shape {
    private static let annotations: Set<String> = ["title", "description", "default", "examples"]

    init(_ schema: JSONValue, at path: String) throws(ArgumentSchemaError) {
        guard let schema = schema.objectValue else {
            throw ArgumentSchemaError(path: path, problem: "a schema must be an object")
        }
        var reader = KeywordReader(schema, path: path)
        guard let type = schema["type"] else {
            try reader.refuseTheRest()
            self = .anything
            return
        }
        reader.use("type")
        switch type.stringValue {
        case "string": self = .string(try reader.text())
        case "number": self = .number
        case "integer": self = .integer
        case "boolean": self = .boolean
        case "null": self = .null
        case "array": self = .array(items: try reader.items())
        case "object": self = .object(try reader.object())
        default: throw ArgumentSchemaError(path: path, problem: "the type must be the name of one JSON type")
        }
        try reader.refuseTheRest()
    }

    /// Reads the keywords of one schema and remembers which of them it has understood.
    private struct KeywordReader {
        private let schema: JSONObject
        private let path: String
        private var understood = annotations

        init(_ schema: JSONObject, path: String) {
            self.schema = schema
            self.path = path
        }

        mutating func use(_ keyword: String) {
            understood.insert(keyword)
        }

        func refuseTheRest() throws(ArgumentSchemaError) {
            for (keyword, _) in schema where !understood.contains(keyword) {
                throw error("the keyword \"\(keyword)\" is not supported here")
            }
        }

        mutating func text() throws(ArgumentSchemaError) -> ArgumentSchema.TextShape {
            var shape = ArgumentSchema.TextShape()
            if let allowed = value("enum") {
                guard let values = allowed.arrayValue, !values.isEmpty, values.allSatisfy({ $0.stringValue != nil })
                else { throw error("enum must be a list of strings") }
                shape.allowed = values
            }
            shape.minimumLength = try length("minLength") ?? shape.minimumLength
            shape.maximumLength = try length("maxLength") ?? shape.maximumLength
            return shape
        }

        mutating func items() throws(ArgumentSchemaError) -> ArgumentSchema.Shape {
            guard let items = value("items") else { return .anything }
            return try ArgumentSchema.Shape(items, at: path + "/items")
        }

        mutating func object() throws(ArgumentSchemaError) -> ArgumentSchema.ObjectShape {
            var shape = ArgumentSchema.ObjectShape()
            if let properties = value("properties") {
                guard let properties = properties.objectValue else { throw error("properties must be an object") }
                for (name, property) in properties {
                    let inner = try ArgumentSchema.Shape(property, at: "\(path)/properties/\(name)")
                    shape.properties.append((name, inner))
                }
            }
            if let required = value("required") {
                guard let names = required.arrayValue else { throw error("required must be a list of names") }
                for name in names {
                    guard let name = name.stringValue, shape.properties.contains(where: { $0.name == name })
                    else { throw error("required must name properties of this schema") }
                    shape.required.append(name)
                }
            }
            switch value("additionalProperties") {
            case nil, .bool(true): shape.others = .allowed
            case .bool(false): shape.others = .refused
            case .some(let inner):
                shape.others = .matching(try ArgumentSchema.Shape(inner, at: path + "/additionalProperties"))
            }
            return shape
        }

        private mutating func value(_ keyword: String) -> JSONValue? {
            use(keyword)
            return schema[keyword]
        }

        private mutating func length(_ keyword: String) throws(ArgumentSchemaError) -> Int? {
            guard let value = value(keyword) else { return nil }
            guard let length = value.intValue, length >= 0 else {
                throw error("\(keyword) must be an integer that is not negative")
            }
            return length
        }

        private func error(_ problem: String) -> ArgumentSchemaError {
            ArgumentSchemaError(path: path, problem: problem)
        }
    }
}
