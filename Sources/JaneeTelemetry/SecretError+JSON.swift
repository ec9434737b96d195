package import JaneeJSON
package import JaneeSecrets

extension SecretError {
    /// The error for operators, in logs and with `--json`.
    ///
    /// Whether it is worth trying again, and the chain of causes, are told too. It holds no value: of causes only what
    /// this program has worded itself is shown, of all others their type. Where the path is withheld, so it is in causes.
    package var json: JSONObject {
        var object = header(message)
        object["path"] = path.map { .string($0) }
        object["transient"] = .bool(isTransient)
        object["retryAfterMs"] = retryAfter.map { .number(JSONNumber(Int($0 / .milliseconds(1)))) }
        object["cause"] = cause.flatMap { Self.json(of: $0, depth: 1) }
        return object
    }

    /// Longer chains tell nothing more.
    private static let mostCauses = 8

    private func header(_ text: String) -> JSONObject {
        var object: JSONObject = ["code": .string(code.rawValue), "message": .string(text)]
        object["provider"] = provider.map { .string($0) }
        return object
    }

    private static func json(of cause: any Error, depth: Int) -> JSONValue? {
        guard depth <= mostCauses else { return nil }
        switch cause {
        case let error as SecretError:
            var object = error.header(error.detail)
            object["cause"] = error.cause.flatMap { json(of: $0, depth: depth + 1) }
            return .object(object)
        case let error as HTTPTransportError:
            return ["code": .string(error.code.rawValue), "message": .string(error.message)]
        case is CancellationError:
            return ["code": "CANCELLED"]
        default:
            return ["type": .string(String(describing: type(of: cause)))]
        }
    }
}
