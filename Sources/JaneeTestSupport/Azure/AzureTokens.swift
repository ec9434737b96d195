import JaneeSecrets
import Synchronization

/// The tokens that the directory and the platforms have issued, as a vault checks them.
package final class AzureTokens: Sendable {
    private struct Token: Sendable {
        let resource: String
        let tenant: String
        var end: Duration
    }

    private struct State: Sendable {
        var tokens: [String: Token] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// A new token.
    ///
    /// - Parameter end: In time since 1970.
    func issue(for resource: String, tenant: String, until end: Duration) -> String {
        state.withLock { state in
            state.last += 1
            let text = "eyJ0eXAiOiJKV1QifQ.eyJudW1iZXIiOjAxfQ.token-\(GregorianDay.padded(state.last, 6))"
            state.tokens[text] = Token(resource: resource, tenant: tenant, end: end)
            return text
        }
    }

    /// Ends all tokens.
    package func revokeAll() {
        state.withLock { $0.tokens = [:] }
    }

    /// Why a vault does not take a token; nil if it does.
    func refusal(of token: String, for resource: String, tenant: String, now: Duration) -> String? {
        guard let found = state.withLock({ $0.tokens[token] }) else { return "AKV10001: Unable to resolve signing key" }
        if found.resource != resource { return "AKV10022: Invalid audience" }
        if found.tenant != tenant { return "AKV10032: Invalid issuer" }
        return found.end > now ? nil : "AKV10001: The token has expired"
    }
}
