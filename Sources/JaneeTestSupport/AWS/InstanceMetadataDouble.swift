import JaneeJSON
import JaneeSecrets
import Synchronization

/// The metadata service of an instance of AWS in its second version, for tests: without a session token it gives nothing.
package final class InstanceMetadataDouble: HTTPDouble {
    private struct State: Sendable {
        var common = MetadataDoubleState()
        var role: String?
        var code = "Success"
        var tokenFault: MetadataFault?
        /// Session tokens, and when they end.
        var tokens: [String: Duration] = [:]
        var lastToken = 0
    }

    private static let rolePath = "/latest/meta-data/iam/security-credentials/"

    private let now: @Sendable () -> Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - role: The role of the instance; nil for none.
    ///   - now: The time since 1970.
    package init(role: String? = "app-role", now: @escaping @Sendable () -> Duration) {
        self.now = now
        state = Mutex(State(role: role))
    }

    /// Sets the keys that are handed out.
    package func issue(_ id: String, secret: String, token: String, expires: Duration) {
        state.withLock { $0.common.keys = MetadataDoubleState.keys(id, secret, token, expires) }
    }

    package var role: String? {
        get { state.withLock { $0.role } }
        set { state.withLock { $0.role = newValue } }
    }

    /// What the service says of the keys.
    package var code: String {
        get { state.withLock { $0.code } }
        set { state.withLock { $0.code = newValue } }
    }

    package func forgetTokens() {
        state.withLock { $0.tokens = [:] }
    }

    /// - Parameter onlyTokens: Whether the fault holds only where session tokens are made.
    package func set(_ fault: MetadataFault, onlyTokens: Bool = false) {
        state.withLock { state in
            if onlyTokens { state.tokenFault = fault } else { state.common.fault = fault }
        }
    }

    package func clearFaults() {
        state.withLock { ($0.common.fault, $0.tokenFault) = (nil, nil) }
    }

    package var requests: [DoubleRequest] { state.withLock { $0.common.log } }

    package func clearRequests() {
        state.withLock { $0.common.log = [] }
    }

    package func answer(_ request: DoubleRequest) -> DoubleAnswer {
        let now = now()
        return state.withLock { state in
            if let answer = state.common.begin(request) { return answer }
            guard request.header("x-forwarded-for") == nil else { return DoubleAnswer(status: 403) }
            if request.target == "/latest/api/token" { return Self.token(request, &state, now) }
            guard request.method == "GET" else { return DoubleAnswer(status: 405) }
            guard let token = request.header("x-aws-ec2-metadata-token"), let end = state.tokens[token], end > now
            else {
                return DoubleAnswer(status: 401)
            }
            guard let role = state.role else { return DoubleAnswer(status: 404) }
            switch request.target {
            case Self.rolePath: return MetadataDoubleState.text(role)
            case Self.rolePath + role: return Self.keys(state)
            default: return DoubleAnswer(status: 404)
            }
        }
    }

    private static func token(_ request: DoubleRequest, _ state: inout State, _ now: Duration) -> DoubleAnswer {
        if let fault = state.tokenFault { return fault.answer }
        guard request.method == "PUT" else { return DoubleAnswer(status: 405) }
        guard let text = request.header("x-aws-ec2-metadata-token-ttl-seconds"), let seconds = Int(text),
            (1...21_600).contains(seconds)
        else { return DoubleAnswer(status: 400) }
        state.lastToken += 1
        let token = "AQAEAMetadataSessionToken\(state.lastToken)=="
        state.tokens[token] = now + .seconds(seconds)
        return MetadataDoubleState.text(token)
    }

    private static func keys(_ state: State) -> DoubleAnswer {
        var json: JSONObject = [
            "Code": .string(state.code), "LastUpdated": "2026-11-23T18:00:00Z", "Type": "AWS-HMAC",
        ]
        if state.code == "Success" {
            for (name, value) in state.common.keys ?? [:] { json.append(name, value) }
        }
        return MetadataDoubleState.json(json)
    }
}
