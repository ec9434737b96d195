import JaneeSecrets
import JaneeTestSupport

/// A back end that grants credentials, of which a test decides how the requests end.
final class ScriptedIssuer: TokenIssuer {
    enum Request: Hashable, Sendable {
        case login
        case renewal
        case revocation
    }

    struct Sent: Sendable {
        let request: Request
        let time: Duration
    }

    typealias Answer = @Sendable (Request, Int) async -> Result<TokenGrant<String>, SecretError>

    private let time: TimeSource
    private let answer: Answer
    private let record = Locked<[Sent]>([])
    private let revoked = Locked<Set<String>>([])

    /// - Parameter answer: Takes the request and its number among all, from 1.
    init(_ time: TimeSource, _ answer: @escaping Answer) {
        self.time = time
        self.answer = answer
    }

    var sent: [Sent] { record.withLock { $0 } }
    var revokedTokens: Set<String> { revoked.withLock { $0 } }

    func count(_ request: Request) -> Int {
        record.withLock { $0.count { $0.request == request } }
    }

    /// The most requests in any minute.
    var mostInAMinute: Int {
        let times = sent.map(\.time)
        var most = 0
        var first = 0
        for (index, time) in times.enumerated() {
            while times[first] <= time - .seconds(60) { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    private func note(_ request: Request) -> Int {
        let now = time.now
        return record.withLock { record in
            record.append(Sent(request: request, time: now))
            return record.count
        }
    }

    func logIn() async throws(SecretError) -> TokenGrant<String> {
        try await answer(.login, note(.login)).get()
    }

    func renew(_ token: String) async throws(SecretError) -> TokenGrant<String> {
        try await answer(.renewal, note(.renewal)).get()
    }

    func revoke(_ token: String) async {
        _ = note(.revocation)
        _ = revoked.withLock { $0.insert(token) }
    }
}
