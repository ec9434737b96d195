extension VaultDouble.Fault {
    /// What it answers a request with that is not about the server's health.
    func answer(path: String) -> DoubleAnswer? {
        switch self {
        case .standby307(let location):
            DoubleAnswer(status: 307, headers: [("Location", location), ("Content-Type", "application/json")])
        case .replica412:
            .vaultErrors(412, ["required index state not present"])
        case .rateLimited429(let retryAfter):
            Self.rateLimited(path: path, retryAfter: retryAfter)
        case .html200(let canary):
            DoubleAnswer(
                status: 200,
                headers: [("Content-Type", "text/html; charset=utf-8")],
                body: Array("<!DOCTYPE html><html><title>Sign in</title><body>\(canary)</body></html>\n".utf8)
            )
        case .drSecondary472:
            .vaultErrors(472, ["path disabled in replication DR secondary mode"])
        case .perfStandby473:
            .vaultErrors(473, ["performance standby cannot serve this request"])
        case .standby474:
            .vaultErrors(474, ["standby has lost its active node"])
        case .error500(let text):
            .vaultErrors(500, [text])
        case .noActiveNode500:
            .vaultErrors(500, ["local node not active but active cluster node not found"])
        case .badGateway502:
            DoubleAnswer(
                status: 502,
                headers: [("Content-Type", "text/html")],
                body: Array("<html><body><h1>502 Bad Gateway</h1></body></html>\n".utf8)
            )
        case .namespaceLocked503:
            .vaultErrors(503, ["API access to this namespace has been locked by an administrator"])
        case .notInitialised501:
            .vaultErrors(501, ["Vault is not initialized"])
        case .hang:
            DoubleAnswer(status: 200, behaviour: .hang)
        case .closeConnection:
            DoubleAnswer(status: 200, behaviour: .close)
        case .garbage:
            .vaultJSON(200, Array(#"{"data":[17,"x"],"auth":"none","lease_duration":"soon","errors":{}}"#.utf8))
        case .huge:
            Self.hugeAnswer
        case .replicationLag, .newServerTexts, .openBaoTexts, .truncated:
            nil
        }
    }

    /// Five million characters in one value.
    private static let hugeAnswer: DoubleAnswer = {
        var body = Array(
            #"{"request_id":"","lease_id":"","renewable":false,"lease_duration":0,"data":{"data":{"value":""#.utf8
        )
        body += repeatElement(UInt8(ascii: "x"), count: 5_000_000)
        body += Array(#""},"metadata":{"version":1}},"wrap_info":null,"warnings":null,"auth":null}"#.utf8)
        return .vaultJSON(200, body)
    }()

    private static func rateLimited(path: String, retryAfter: Int?) -> DoubleAnswer {
        var answer = DoubleAnswer.vaultErrors(429, ["request path \"\(path)\": rate limit quota exceeded"])
        if let retryAfter {
            answer.headers += [
                ("Retry-After", String(retryAfter)), ("X-RateLimit-Limit", "1"), ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", String(retryAfter)),
            ]
        }
        return answer
    }
}
