import Foundation
import JaneeJSON
import JaneeTestSupport

extension RecordedServer {
    /// Sends a recorded request again, after what had happened before it.
    func replay(_ exchange: RecordedExchange) -> VaultDouble.Answer {
        let token = token(for: exchange)
        prepare(exchange, token)
        var headers = exchange.headers
        if let bearer = headers.firstIndex(where: { $0.name == "Authorization" }) {
            headers[bearer].value = "Bearer \(logIn("app"))"
        }
        if let token { headers.append(("X-Vault-Token", token)) }
        var body = exchange.body ?? ""
        if exchange.title == "bad JSON body" { body = "{bad" }
        return vault.answer(
            VaultDouble.Request(
                method: exchange.method,
                target: exchange.target,
                headers: headers,
                body: Array(body.replacing("<jwt>", with: Self.jwt(for: exchange.title)).utf8),
                clientCertificateCommonName: exchange.port == 8211 ? "client" : nil
            )
        )
    }

    /// A token like the one that was recorded.
    private func token(for exchange: RecordedExchange) -> String? {
        guard let recorded = exchange.token else { return nil }
        let title = exchange.title
        let isLive = recorded.hasPrefix("s.") && !["s.bogus", "s.notatoken"].contains(recorded)
        guard isLive || recorded.hasPrefix("b.") else { return recorded }
        if recorded.hasPrefix("b.") { return logIn("batch") }
        if title.contains("without the default policy") { return logIn("nodefault") }
        if title.contains("token_num_uses=3") { return logIn("thrice") }
        if title.contains("expired token") { return logIn("short") }
        if title.contains("periodic") { return logIn("periodic") }
        if title.hasPrefix("unwrap") { return wrappingToken() }
        if title.contains("renewable=false") {
            return vault.issueToken(["policies": ["app-read"], "ttl": "10s", "renewable": false])
        }
        return logIn("app")
    }

    private func wrappingToken() -> String? {
        let answer = vault.administer(
            "POST",
            "auth/approle/role/app/secret-id",
            [:],
            headers: [("X-Vault-Wrap-TTL", "60s")]
        )
        return (try? JSONReader.parse(answer.body))?["wrap_info"]?["token"]?.stringValue
    }

    private func prepare(_ exchange: RecordedExchange, _ token: String?) {
        let title = exchange.title
        if [8220, 8221].contains(exchange.port) { vault.settings.storageType = "file" }
        if exchange.port == 8220 { vault.seal() }
        if exchange.port == 8221 { vault.uninitialise() }
        if title.hasPrefix("v2 large value") { writeLarge(200_000) }
        if title.hasPrefix("limited"), title != "limited read 1" {
            vault.set(.rateLimited429(retryAfter: 1), prefix: "/v1/limited/")
        }
        if title.contains("second use") { _ = logIn("once") }
        if title.contains("expired token") { vault.advance(by: .seconds(3)) }
        if let use = title.firstMatch(of: /token_num_uses=3, use (\d)/).flatMap({ Int($0.output.1) }) {
            for _ in 1..<use { send("GET", "/v1/secret/data/app/empty", token: token) }
        }
        if title == "lookup-self periodic" { send("POST", "/v1/auth/token/renew-self", token: token) }
        if title == "read after revoke" { send("POST", "/v1/auth/token/revoke-self", token: token) }
        if title == "unwrap again" { send("POST", "/v1/sys/wrapping/unwrap", token: token) }
        vault.advance(by: .milliseconds(1))
    }

    /// A token of a cluster or an identity provider that brings about what the title says.
    static func jwt(for title: String) -> String {
        let isExpired = title.contains("expired")
        var claims: JSONObject = [
            "aud": [title.contains("wrong aud") ? "elsewhere" : "vault"],
            "exp": isExpired ? 1_000_000_000 : 4_000_000_000,
            "sub": "system:serviceaccount:default:app",
        ]
        let name: JSONValue = title.contains("wrong service account") ? "other" : "app"
        let uid: JSONValue = "11111111-2222-3333-4444-555555555555"
        if title.contains("legacy") {
            claims["kubernetes.io/serviceaccount/namespace"] = "default"
            claims["kubernetes.io/serviceaccount/secret.name"] = "app-token-x"
            claims["kubernetes.io/serviceaccount/service-account.name"] = name
            claims["kubernetes.io/serviceaccount/service-account.uid"] = uid
        } else {
            claims["kubernetes.io"] = ["namespace": "default", "serviceaccount": ["name": name, "uid": uid]]
        }
        let isRefused = title.contains("TokenReview says no") || title.contains("bad signature")
        return [#"{"alg":"RS256"}"#, JSONValue.object(claims).serialized()].map(base64URL).joined(separator: ".")
            + (isRefused ? ".bad" : ".c2lnbmF0dXJl")
    }

    private static func base64URL(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
