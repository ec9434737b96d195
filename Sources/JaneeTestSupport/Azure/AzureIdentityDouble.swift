import JaneeJSON
import JaneeSecrets
import Synchronization

/// What gives tokens to programs on Azure's platforms, for tests: the instance metadata service, App Service, Machine
/// Learning, Cloud Shell and Azure Arc, each with its own protocol.
package final class AzureIdentityDouble: HTTPDouble {
    private struct State: Sendable {
        /// The id of the only user-assigned identity.
        var assigned: String? = "00d88624-f0d7-46f6-a641-6232c2608928"
        var lifetime = 86_399
        var statuses: [Int] = []
        var isSameToken = false
        var last: String?
        var log: [DoubleRequest] = []
        var arcKey = "arc-key"
        var arcChallenge = "Basic realm=/var/opt/azcmagent/tokens/1.key"
        var arcEcho: String?
    }

    package static let header = "header-secret"

    private let tokens: AzureTokens
    private let now: @Sendable () -> Duration
    private let state = Mutex(State())

    /// - Parameter now: The time since 1970.
    package init(_ tokens: AzureTokens, now: @escaping @Sendable () -> Duration) {
        self.tokens = tokens
        self.now = now
    }

    /// Statuses that are answered to the next requests, instead of tokens.
    package func fail(_ statuses: [Int]) {
        state.withLock { $0.statuses = statuses }
    }

    /// Whether the token that was given last is given again.
    package var isSameToken: Bool {
        get { state.withLock { $0.isSameToken } }
        set { state.withLock { $0.isSameToken = newValue } }
    }

    package var lifetime: Int {
        get { state.withLock { $0.lifetime } }
        set { state.withLock { $0.lifetime = newValue } }
    }

    /// What Arc asks for proof with, and what is in the file that it means.
    package func setArc(challenge: String, key: String, echo: String? = nil) {
        state.withLock { state in
            state.arcChallenge = challenge
            state.arcKey = key
            state.arcEcho = echo
        }
    }

    package var requests: [DoubleRequest] { state.withLock { $0.log } }

    package func clearRequests() {
        state.withLock { $0.log = [] }
    }

    package func answer(_ request: DoubleRequest) -> DoubleAnswer {
        let now = now()
        return state.withLock { state in
            state.log.append(request)
            if !state.statuses.isEmpty { return Self.error(state.statuses.removeFirst()) }
            let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
            let query = PercentCoding.form(parts.count > 1 ? parts[1] : "")
            let isMetadata = request.header("metadata") == "true"
            switch (request.method, parts[0], query["api-version"]) {
            case ("GET", "/metadata/identity/oauth2/token", "2018-02-01") where isMetadata:
                return token(query, &state, now, id: query["client_id"] ?? query["object_id"] ?? query["msi_res_id"])
            case ("GET", "/metadata/identity/oauth2/token", "2020-06-01") where isMetadata:
                guard request.header("authorization") == "Basic \(state.arcKey)" else {
                    var answer = Self.error(401)
                    answer.headers.append(("WWW-Authenticate", state.arcChallenge))
                    return answer
                }
                return token(query, &state, now, id: query["client_id"], echo: state.arcEcho)
            case ("GET", "/msi/token", "2019-08-01") where request.header("x-identity-header") == Self.header:
                return token(query, &state, now, id: query["client_id"] ?? query["mi_res_id"] ?? query["object_id"])
            case ("GET", "/old/token", "2017-09-01") where request.header("secret") == Self.header:
                return token(query, &state, now, id: query["clientid"])
            case ("POST", "/shell/token", nil) where isMetadata:
                return token(PercentCoding.form(String(decoding: request.body, as: UTF8.self)), &state, now, id: nil)
            default: return Self.error(parts[0].hasPrefix("/m") ? 401 : 400)
            }
        }
    }

    private func token(
        _ query: [String: String],
        _ state: inout State,
        _ now: Duration,
        id: String?,
        echo: String? = nil
    ) -> DoubleAnswer {
        guard query["resource"] == "https://vault.azure.net", id == nil || id == state.assigned else {
            return Self.error(400)
        }
        let end = now + .seconds(state.lifetime)
        var text = tokens.issue(for: "https://vault.azure.net", tenant: EntraDouble.tenant, until: end)
        if state.isSameToken, let last = state.last { text = last } else { state.last = text }
        return MetadataDoubleState.json([
            "access_token": .string(text), "client_id": .string(echo ?? id ?? state.assigned ?? ""),
            "expires_in": .string(String(state.lifetime)),
            "expires_on": .string(String(Int(end.components.seconds))), "resource": "https://vault.azure.net",
            "token_type": "Bearer",
        ])
    }

    private static func error(_ status: Int) -> DoubleAnswer {
        var answer = MetadataDoubleState.json([
            "error": "invalid_request", "error_description": "Identity not found CANARY-PLATFORM",
        ])
        answer.status = status
        return answer
    }
}
