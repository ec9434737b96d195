import JaneeJSON
import JaneeTestSupport

/// A line of input, such as `{"do":"fault","name":"rateLimited429","retry_after":1,"prefix":"/v1/secret","count":3}`.
enum Command {
    static func run(_ line: String, on double: VaultDouble) -> JSONValue {
        guard let command = try? JSONReader.parse(line), let name = command["do"]?.stringValue else {
            return failure("not a command")
        }
        switch name {
        case "seal": double.seal()
        case "unseal": double.unseal()
        case "uninitialise": double.uninitialise()
        case "restart": double.restart()
        case "revoke": double.revokeAllTokens()
        case "clear": double.clearFaults()
        case "clear_requests": double.clearRequests()
        case "requests": return requests(double)
        case "advance": double.advance(by: .seconds(command["seconds"]?.intValue ?? 0))
        case "health_skew": double.settings.healthSkew = Int64(command["seconds"]?.intValue ?? 0)
        case "set":
            guard set(command, on: double) else { return failure("no such setting") }
        case "fault":
            guard let fault = VaultDouble.Fault(command) else { return failure("no such fault") }
            double.set(fault, prefix: command["prefix"]?.stringValue, count: command["count"]?.intValue)
        default:
            return failure("no such command")
        }
        return ["ok": true]
    }

    private static func failure(_ reason: String) -> JSONValue {
        ["ok": false, "error": .string(reason)]
    }

    private static func set(_ command: JSONValue, on double: VaultDouble) -> Bool {
        let value = command["value"]
        switch command["name"]?.stringValue {
        case "namespacesEnabled": double.settings.namespacesEnabled = value?.boolValue ?? false
        case "requireRequestHeader": double.settings.requireRequestHeader = value?.boolValue ?? false
        case "pathPrefix": double.settings.pathPrefix = value?.stringValue ?? ""
        case "version": double.settings.version = value?.stringValue ?? ""
        default: return false
        }
        return true
    }

    private static func requests(_ double: VaultDouble) -> JSONValue {
        let counts = VaultDouble.Kind.allCases.map { ($0.rawValue, JSONValue.number(JSONNumber(double.count($0)))) }
        return [
            "ok": true,
            "total": .number(JSONNumber(double.requestCount)),
            "tokens": .number(JSONNumber(double.tokenCount)),
            "counts": .object(JSONObject(counts)),
            "requests": .array(double.requests.map(record)),
        ]
    }

    private static func record(_ request: VaultDouble.Recorded) -> JSONValue {
        [
            "method": .string(request.method),
            "target": .string(request.target),
            "headers": .array(request.headerNames.map { .string($0) }),
            "namespace": request.namespace.map { .string($0) } ?? .null,
            "token": .bool(request.hasToken),
            "login": .bool(request.isLogin),
            "kind": .string(request.kind.rawValue),
            "status": .number(JSONNumber(request.status)),
        ]
    }
}

extension VaultDouble.Fault {
    /// The fault of a command, with what it needs to be told.
    fileprivate init?(_ command: JSONValue) {
        switch command["name"]?.stringValue {
        case "standby307": self = .standby307(location: command["location"]?.stringValue ?? "https://127.0.0.2:8200/")
        case "replica412": self = .replica412
        case "rateLimited429": self = .rateLimited429(retryAfter: command["retry_after"]?.intValue)
        case "html200": self = .html200(canary: command["canary"]?.stringValue ?? "")
        case "drSecondary472": self = .drSecondary472
        case "perfStandby473": self = .perfStandby473
        case "standby474": self = .standby474
        case "error500": self = .error500(command["text"]?.stringValue ?? "internal error")
        case "noActiveNode500": self = .noActiveNode500
        case "badGateway502": self = .badGateway502
        case "namespaceLocked503": self = .namespaceLocked503
        case "notInitialised501": self = .notInitialised501
        case "hang": self = .hang
        case "closeConnection": self = .closeConnection
        case "truncated": self = .truncated
        case "replicationLag": self = .replicationLag(milliseconds: command["milliseconds"]?.intValue ?? 1000)
        case "newServerTexts": self = .newServerTexts
        case "openBaoTexts": self = .openBaoTexts
        case "garbage": self = .garbage
        case "huge": self = .huge
        default: return nil
        }
    }
}
