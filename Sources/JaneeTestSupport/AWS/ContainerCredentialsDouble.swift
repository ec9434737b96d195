import JaneeJSON
import JaneeSecrets
import Synchronization

/// What offers credentials to containers of AWS, for tests: ECS's and EKS's, which wants a token.
package final class ContainerCredentialsDouble: HTTPDouble {
    private struct State: Sendable {
        var common = MetadataDoubleState()
        var path = "/v2/credentials/uuid"
        var authorization: String?
    }

    private let state = Mutex(State())

    package init() {}

    /// The path and query at which there are credentials.
    package var path: String {
        get { state.withLock { $0.path } }
        set { state.withLock { $0.path = newValue } }
    }

    /// The only token that is accepted, if one is wanted.
    package var authorization: String? {
        get { state.withLock { $0.authorization } }
        set { state.withLock { $0.authorization = newValue } }
    }

    /// Sets the keys that are handed out.
    package func issue(_ id: String, secret: String, token: String, expires: Duration) {
        state.withLock { state in
            var keys = MetadataDoubleState.keys(id, secret, token, expires)
            keys.append("RoleArn", "arn:aws:iam::123456789012:role/app")
            state.common.keys = keys
        }
    }

    package func set(_ fault: MetadataFault) {
        state.withLock { $0.common.fault = fault }
    }

    package func clearFaults() {
        state.withLock { $0.common.fault = nil }
    }

    package var requests: [DoubleRequest] { state.withLock { $0.common.log } }

    package func clearRequests() {
        state.withLock { $0.common.log = [] }
    }

    package func answer(_ request: DoubleRequest) -> DoubleAnswer {
        state.withLock { state in
            if let answer = state.common.begin(request) { return answer }
            guard request.method == "GET", request.target == state.path else { return DoubleAnswer(status: 404) }
            guard state.authorization == nil || state.authorization == request.header("authorization") else {
                return MetadataDoubleState.text(
                    #"{"code": "AccessDenied", "message": "bad token"}"#,
                    status: 403,
                    type: "application/json"
                )
            }
            guard let keys = state.common.keys else { return DoubleAnswer(status: 404) }
            return MetadataDoubleState.json(keys)
        }
    }
}
