import JaneeJSON
import JaneeSecrets

/// The JSON Schema of the forms of Janee 0.16 that ``LegacyForms`` reads.
enum LegacyJSONSchema {
    /// `- name: shop` with the fields of an entry.
    static func named(_ entry: JSONObject, name: JSONObject) -> JSONObject {
        var item = entry
        var properties: JSONObject = ["name": .object(name)]
        for (key, value) in entry["properties"]?.objectValue ?? [:] { properties[key] = value }
        item["properties"] = .object(properties)
        item["required"] = .array(["name"] + (entry["required"]?.arrayValue ?? []))
        return ["type": "array", "minItems": 1, "items": .object(item)]
    }

    /// `- allow: GET /customers`, each item with one pattern or a list of them.
    static func ruleList(_ pattern: JSONObject) -> JSONObject {
        let patterns: JSONValue = ["anyOf": [.object(pattern), ["type": "array", "items": .object(pattern)]]]
        return [
            "type": "array",
            "items": [
                "type": "object", "properties": ["allow": patterns, "deny": patterns], "minProperties": 1,
                "maxProperties": 1, "additionalProperties": false,
            ],
        ]
    }

    /// The fields of an auth type, whose secrets may be the encrypted values that a file with a `masterKey` holds.
    static func withStoredValues(_ auth: ConfigObject) -> ConfigObject {
        ConfigObject(
            auth.fields.map { field in
                guard LegacyCredentials.fields.contains(field.name) else { return field }
                let schema = withStoredValues(field.schema)
                return field.isRequired
                    ? .required(field.name, schema, field.summary) : .optional(field.name, schema, field.summary)
            }
        )
    }

    private static func withStoredValues(_ schema: ConfigSchema) -> ConfigSchema {
        switch schema {
        case .stringOrObject(let format, let object):
            guard let pattern = format.pattern else { return schema }
            let both = "(?:\(pattern))|^[A-Za-z0-9+/]{37,}={0,2}$"
            return .stringOrObject(ConfigStringFormat(name: format.name, pattern: both, check: format.check), object)
        case .map(let keys, let values): return .map(keys: keys, values: withStoredValues(values))
        default: return schema
        }
    }
}
