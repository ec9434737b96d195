import JaneeJSON
import JaneeSecrets
import Logging

extension LogRecord {
    /// The line for programs, without a line feed: time, level, message, the error if there is one, and the metadata.
    var json: String {
        var object: JSONObject = [
            "timestamp": .string(UTCTimestamp.text(moment)), "level": .string(level.rawValue),
            "message": .string(Self.cut(Self.redacted(message))),
        ]
        object["error"] = error.map(Self.value)
        for (key, value) in metadata {
            // Metadata does not take the place of what every line has.
            let name = Self.cut(Self.redacted(key))
            object[object[name] == nil ? name : "_\(name)"] = Self.value(value, name: key)
        }
        return DisplayText.escapedJSON(JSONValue.object(object).serialized())
    }

    private static func value(_ error: any Error) -> JSONValue {
        // Of others' errors the text is not known to be harmless.
        guard let error = error as? SecretError else { return .string(String(describing: type(of: error))) }
        return Redactor.shared.redact(.object(error.json))
    }

    private static func value(_ value: Logger.MetadataValue, name: String = "") -> JSONValue {
        guard !CredentialName.matches(name.utf8) else { return .string(Redactor.replacement) }
        switch value {
        case .array(let elements): return .array(elements.map { Self.value($0) })
        case .dictionary(let entries):
            let members = entries.sorted { $0.key < $1.key }
            return .object(
                JSONObject(members.map { (cut(redacted($0.key)), Self.value($0.value, name: $0.key)) })
            )
        case .stringConvertible(let value as Bool): return .bool(value)
        case .stringConvertible(let value as Int): return .number(JSONNumber(value))
        default: return .string(cut(redacted("\(value)")))
        }
    }

    /// As much as text has, too.
    private static func cut(_ text: String, limit: Int = 4096) -> String {
        guard text.utf8.count > limit, text.unicodeScalars.count > limit else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…"
    }
}
