import JaneeJSON
import JaneeTestSupport

/// A vault, its directory and the platforms that give identities, and what a line of input does to them.
struct Doubles: Sendable {
    let vault: KeyVaultDouble
    let directory: EntraDouble
    let platform: AzureIdentityDouble
    private let tokens = AzureTokens()

    init(now: @escaping @Sendable () -> Duration) {
        vault = KeyVaultDouble(tokens, now: now)
        directory = EntraDouble(tokens, now: now)
        platform = AzureIdentityDouble(tokens, now: now)
    }

    /// Does what a line says, such as `{"do":"put","name":"github-token","value":"x"}`.
    func run(_ line: String) -> JSONValue {
        guard let command = try? JSONReader.parse(line), let name = command["do"]?.stringValue else {
            return ["ok": false, "error": "not a command"]
        }
        let text = { (key: String) in command[key]?.stringValue ?? "" }
        switch name {
        case "put":
            return [
                "ok": true,
                "version": .string(
                    vault.put(text("name"), text("value"), isEnabled: command["enabled"]?.boolValue ?? true)
                ),
            ]
        case "delete": vault.delete(text("name"))
        case "secret": directory.secret = command["value"]?.stringValue
        case "federated": directory.federatedToken = command["value"]?.stringValue
        case "revoke": tokens.revokeAll()
        case "throttle":
            vault.set(
                .throttled(header: command["header"]?.stringValue, value: text("value")),
                count: command["count"]?.intValue
            )
        case "forbid": vault.set(.forbidden(inner: command["inner"]?.stringValue, message: text("message")))
        case "challenge": vault.set(.challenge(text("value")), count: command["count"]?.intValue)
        case "html": vault.set(.html200(canary: text("canary")))
        case "refuse":
            directory.failure = EntraDouble.Failure(
                status: command["status"]?.intValue ?? 401,
                error: text("error"),
                number: command["number"]?.intValue ?? 0
            )
        case "clear":
            vault.clearFaults()
            directory.failure = nil
            vault.clearRequests()
            directory.clearRequests()
            platform.clearRequests()
        case "requests":
            return [
                "ok": true, "vault": .array(vault.requests.map { .string($0.target) }),
                "platform": .array(platform.requests.map { .string($0.target) }),
                "directory": .number(JSONNumber(directory.requests.count)),
                "form": .object(
                    JSONObject(directory.lastForm.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
                ),
            ]
        default: return ["ok": false, "error": "no such command"]
        }
        return ["ok": true]
    }
}
