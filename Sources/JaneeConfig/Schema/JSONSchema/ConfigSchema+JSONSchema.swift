import JaneeJSON
import JaneeSecrets

extension ConfigSchema {
    /// The schema as a JSON Schema of draft 2020-12: it accepts what the strict reader accepts, and says so to editors.
    var jsonSchema: JSONObject {
        switch self {
        case .string(let format): format.jsonSchema
        case .integer(let range):
            ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .number(let range):
            ["type": "number", "minimum": .decimal(range.lowerBound), "maximum": .decimal(range.upperBound)]
        case .boolean: ["type": "boolean"]
        case .list(let item): ["type": "array", "items": .object(item.jsonSchema)]
        case .map(let keys, let values):
            [
                "type": "object", "propertyNames": .object(keys.jsonSchema),
                "additionalProperties": .object(values.jsonSchema),
            ]
        case .object(let object): object.jsonSchema()
        case .union(let union):
            [
                "oneOf": .array(
                    union.variants.map { .object($0.object.jsonSchema(where: union.discriminator, is: $0.name)) }
                )
            ]
        case .stringOrObject(let format, let object):
            ["anyOf": [.object(format.jsonSchema), .object(object.jsonSchema())]]
        case .objectOrList(let object):
            [
                "anyOf": [
                    .object(object.jsonSchema()),
                    ["type": "array", "items": .object(object.jsonSchema()), "minItems": 1],
                ]
            ]
        case .stringOrInteger(let format):
            if let choices = format.choices {
                ["enum": .array(choices.map { .string($0) } + choices.compactMap { Int($0) }.map { .integer($0) })]
            } else {
                ["anyOf": [.object(format.jsonSchema), ["type": "integer"]]]
            }
        case .anything: [:]
        }
    }
}

extension ConfigStringFormat {
    fileprivate var jsonSchema: JSONObject {
        var schema: JSONObject = ["type": "string"]
        if let choices {
            schema["enum"] = .array(choices.map { .string($0) })
        } else if let pattern {
            schema["pattern"] = .string(pattern)
        }
        return schema
    }
}

extension ConfigObject {
    /// - Parameters:
    ///   - discriminator: The field that chose this object among others, if one did.
    ///   - value: What it holds.
    func jsonSchema(where discriminator: String? = nil, is value: String? = nil) -> JSONObject {
        var properties: JSONObject = [:]
        if let discriminator, let value {
            properties[discriminator] = ["const": .string(value), "description": "Which of the forms this is."]
        }
        for field in fields {
            var schema: JSONObject = ["description": .string(field.summary)]
            for (key, value) in field.schema.jsonSchema { schema[key] = value }
            properties[field.name] = .object(schema)
        }
        let required = [discriminator].compactMap(\.self) + fields.filter(\.isRequired).map(\.name)
        var schema: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        schema["additionalProperties"] = false
        return schema
    }
}

extension JSONValue {
    static func integer(_ number: Int) -> JSONValue { .number(JSONNumber(number)) }

    /// A whole number without a fraction, any other as it is written in Swift.
    fileprivate static func decimal(_ number: Double) -> JSONValue {
        Int(exactly: number).map { .integer($0) } ?? JSONNumber(number).map { .number($0) } ?? .null
    }
}
