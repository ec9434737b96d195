import JaneeJSON
import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is asked of a plug-in that speaks JSON lines.
enum PluginRequest: Sendable {
    case get(SecretReference)
    case exists(SecretReference)
    case health

    /// One line, with its line feed.
    func line(id: Int) -> [UInt8] {
        var object: JSONObject = ["id": .number(JSONNumber(id))]
        switch self {
        case .get(let reference): Self.describe(reference, "get", &object)
        case .exists(let reference): Self.describe(reference, "exists", &object)
        case .health: object["op"] = "health"
        }
        return Array((JSONValue.object(object).serialized() + "\n").utf8)
    }

    private static func describe(_ reference: SecretReference, _ operation: String, _ object: inout JSONObject) {
        object["op"] = .string(operation)
        object["path"] = .string(reference.path)
        object["field"] = reference.field.map { .string($0) }
        object["version"] = reference.version.map { .string($0) }
    }
}

/// A plug-in's answer to one request.
enum PluginAnswer: Sendable {
    case value(SecretValue)
    /// There is no such secret.
    case missing
    /// Yes: it exists, it is healthy.
    case yes
    /// The plug-in does not know the operation.
    case unsupported
    case failed(SecretError)
}

/// A line that a plug-in wrote.
struct PluginMessage: Sendable {
    /// The longest line: a value in base64 with room for the rest.
    static let maximumLineBytes = 2 * PluginRun.maximumValueBytes + 1024

    let id: Int
    let answer: PluginAnswer

    /// Reads a line; nil if it is not an answer.
    init?(_ line: [UInt8]) {
        let limits = JSONLimits(maximumBytes: Self.maximumLineBytes, maximumDepth: 8)
        guard let object = (try? JSONReader.parse(line, limits: limits))?.objectValue,
            let id = object["id"]?.intValue, let answer = Self.answer(object)
        else { return nil }
        self.id = id
        self.answer = answer
    }

    private static func answer(_ object: JSONObject) -> PluginAnswer? {
        // Plug-ins that write every member, empty ones as well, must not have a failure taken for an empty value.
        if let word = object["error"]?.stringValue, !word.isEmpty {
            return failure(word, object["retryAfterMs"]?.intValue)
        }
        if object["missing"]?.boolValue == true { return .missing }
        switch (object["value"]?.stringValue, object["value_base64"]?.stringValue) {
        case (let text?, nil): return .value(SecretValue(text))
        case (nil, let text?): return Data(base64Encoded: text).map { .value(SecretValue($0)) }
        case (.some, .some): return nil
        case (nil, nil):
            return object["ok"]?.boolValue == true || object["exists"]?.boolValue == true ? .yes : nil
        }
    }

    /// The plug-in's own words are not repeated: they may hold a value.
    private static func failure(_ word: String, _ retryAfterMs: Int?) -> PluginAnswer {
        let (code, detail): (SecretError.Code, String)
        switch word {
        case "unsupported": return .unsupported
        case "unavailable": (code, detail) = (.providerUnavailable, "its back end is unavailable")
        case "rate_limited": (code, detail) = (.providerRateLimited, "its back end limits the rate of requests")
        case "auth_failed": (code, detail) = (.providerAuthFailed, "its back end refuses its credential")
        case "permission_denied": (code, detail) = (.providerPermissionDenied, "it may not read the secret")
        case "config_invalid": (code, detail) = (.providerConfigInvalid, "it is not configured correctly")
        case "invalid_reference": (code, detail) = (.invalidSecretURI, "no secret can have that path, field or version")
        default: (code, detail) = (.providerInternalError, "it failed")
        }
        let retryAfter = retryAfterMs.flatMap { (0...86_400_000).contains($0) ? Duration.milliseconds($0) : nil }
        return .failed(SecretError(code, "the plug-in says that \(detail)", retryAfter: retryAfter))
    }
}
