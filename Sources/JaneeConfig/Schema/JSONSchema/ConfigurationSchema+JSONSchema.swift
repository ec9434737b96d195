package import JaneeJSON
import JaneeSecrets

extension ConfigurationSchema {
    /// The JSON Schema (draft 2020-12) of `config.yaml`, made of the definitions by which the file is read.
    ///
    /// What is structurally wrong does not match it. It accepts all that the reader accepts, also the forms of Janee 0.16;
    /// what only the reader can know (whether a provider is declared, an address is reachable, a variable is set) it
    /// leaves to the reader.
    package var jsonSchema: JSONValue {
        var schema: JSONObject = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:janee:config",
            "title": "Janee's config.yaml",
            "description": "Where secrets come from, the APIs that need them, and what agents may do with those.",
            "type": ["object", "null"],
        ]
        var properties: JSONObject = [:]
        for field in root.fields {
            // A block without a value is an absent one.
            let block: JSONObject =
                switch field.name {
                case "providers": ["anyOf": [.object(providersJSONSchema), ["type": "null"]]]
                case "services": ["anyOf": .array(byName(serviceJSONSchema, "service") + [["type": "null"]])]
                case "capabilities": ["anyOf": .array(byName(capabilityJSONSchema, "capability") + [["type": "null"]])]
                default:
                    if case .anything = field.schema {
                        [:]
                    } else {
                        ["anyOf": [.object(field.schema.jsonSchema), ["type": "null"]]]
                    }
                }
            var property: JSONObject = ["description": .string(field.summary)]
            for (key, value) in block { property[key] = value }
            properties[field.name] = .object(property)
        }
        schema["properties"] = .object(properties)
        schema["additionalProperties"] = false
        schema["$defs"] = [
            "provider": .object(provider.jsonSchema), "service": .object(serviceJSONSchema),
            "capability": .object(capabilityJSONSchema),
        ]
        return .object(schema)
    }

    private var providersJSONSchema: JSONObject {
        var schema = ConfigSchema.map(keys: .providerName, values: .anything).jsonSchema
        schema["additionalProperties"] = ["$ref": "#/$defs/provider"]
        return schema
    }

    private var serviceJSONSchema: JSONObject {
        var schema = service.jsonSchema()
        let variants = authTypes.map { type in (type.type, LegacyJSONSchema.withStoredValues(type.lenient)) }
        let auth = ConfigSchema.union(ConfigUnion(discriminator: "type", variants: variants)).jsonSchema
        schema.setProperty("auth", auth)
        return schema
    }

    private var capabilityJSONSchema: JSONObject {
        var schema = capability.jsonSchema()
        let list = LegacyJSONSchema.ruleList(ConfigSchema.string(rule).jsonSchema)
        schema.setProperty("rules", ["anyOf": [.object(ConfigSchema.object(rules).jsonSchema), .object(list)]])
        return schema
    }

    /// A map by name, and the list with names that Janee 0.16 documented.
    private func byName(_ entry: JSONObject, _ definition: String) -> [JSONValue] {
        var map = ConfigSchema.map(keys: Self.entryName, values: .anything).jsonSchema
        map["additionalProperties"] = ["$ref": .string("#/$defs/\(definition)")]
        let name = ConfigSchema.string(Self.entryName).jsonSchema
        return [.object(map), .object(LegacyJSONSchema.named(entry, name: name))]
    }
}

extension JSONObject {
    /// Replaces what a property may hold and leaves its description.
    fileprivate mutating func setProperty(_ name: String, _ schema: JSONObject) {
        guard var properties = self["properties"]?.objectValue else { return }
        var property: JSONObject = [:]
        property["description"] = properties[name]?["description"]
        for (key, value) in schema { property[key] = value }
        properties[name] = .object(property)
        self["properties"] = .object(properties)
    }
}
