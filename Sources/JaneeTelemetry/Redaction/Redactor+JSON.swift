package import JaneeJSON

extension Redactor {
    /// The document without credentials in its strings; its structure stays, so it can be read as before.
    package func redact(_ json: JSONValue, _ rules: Rules = .foreign) -> JSONValue {
        switch json {
        case .null, .bool, .number: json
        case .string(let text): .string(redact(text, rules))
        case .array(let elements): .array(elements.map { redact($0, rules) })
        case .object(let object):
            .object(JSONObject(object.map { (redact($0.key, rules), redact($0.value, rules)) }))
        }
    }
}
