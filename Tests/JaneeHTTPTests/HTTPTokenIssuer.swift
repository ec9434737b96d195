import HTTPTypes
import JaneeHTTP
import JaneeSecrets
import JaneeTestSupport

/// A back end that grants tokens for a short time and counts them by a clock of its own.
final class TokenServer: Sendable {
    struct State: Sendable {
        var events: [String] = []
        var logins = 0
        /// Until when each token is good, and until when it can be extended.
        var tokens: [String: (end: ContinuousClock.Instant, bound: ContinuousClock.Instant)] = [:]
    }

    let state = Locked(State())
    private let lifetime: Duration
    private let longest: Duration

    init(lifetime: Duration, longest: Duration) {
        self.lifetime = lifetime
        self.longest = longest
    }

    /// What has been asked for, and how it ended.
    var events: [String] { state.withLock { $0.events } }

    var script: LoopbackServer.Script {
        LoopbackServer.Script { [self] request, _ in
            let token = request.header("authorization").first.map { String($0.dropFirst(7)) }
            let (status, body) = answer(request.requestLine, token, ContinuousClock().now)
            return [.text("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")]
        }
    }

    private func answer(_ line: String, _ token: String?, _ now: ContinuousClock.Instant) -> (Int, String) {
        state.withLock { state in
            if line.hasPrefix("POST /login") {
                state.logins += 1
                let name = "token-\(state.logins)"
                state.tokens[name] = (now + lifetime, now + longest)
                state.events.append("login")
                return (200, "\(name) \(Int(lifetime / .milliseconds(1)))")
            }
            guard let token, let granted = state.tokens[token], granted.end > now else {
                state.events.append("refused")
                return (401, "")
            }
            guard line.hasPrefix("POST /renew") else {
                state.events.append("read")
                return (200, "value")
            }
            let end = min(now + lifetime, granted.bound)
            state.tokens[token]?.end = end
            state.events.append("renewal")
            return (200, "\(token) \(Int(now.duration(to: end) / .milliseconds(1)))")
        }
    }
}

/// Logs in at a ``TokenServer``.
struct HTTPTokenIssuer: TokenIssuer {
    let port: Int
    let client: GuardedHTTPClient

    func logIn() async throws(SecretError) -> TokenGrant<SecretValue> { try await grant("/login", nil) }

    func renew(_ token: SecretValue) async throws(SecretError) -> TokenGrant<SecretValue> {
        try await grant("/renew", token)
    }

    func revoke(_ token: SecretValue) async {}

    /// The answer of a request with a token.
    func read(_ token: SecretValue) async throws(SecretError) -> String {
        String(decoding: try await send(.get, "/v1/x", token).body, as: UTF8.self)
    }

    private func grant(_ path: String, _ token: SecretValue?) async throws(SecretError) -> TokenGrant<SecretValue> {
        let response = try await send(.post, path, token)
        let parts = String(decoding: response.body, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let milliseconds = Int(parts[1]) else {
            throw SecretError(.providerInternalError, "no grant")
        }
        let lifetime = Duration.milliseconds(milliseconds)
        return TokenGrant(SecretValue(String(parts[0])), lifetime: lifetime, isRenewable: true)
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ token: SecretValue?
    ) async throws(SecretError) -> InboundResponse {
        do {
            let headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)] =
                token.map { [(HTTPField.Name.authorization, .secret(prefix: "Bearer ", $0))] } ?? []
            let response = try await client.send(.local(method, path, port: port, headers: headers))
            if let error = SecretError(status: response.status, headers: response.headers, now: .zero) { throw error }
            return response
        } catch let error as HTTPTransportError {
            throw SecretError(error)
        } catch let error as SecretError {
            throw error
        } catch {
            throw SecretError(.providerInternalError, "\(error)")
        }
    }
}
