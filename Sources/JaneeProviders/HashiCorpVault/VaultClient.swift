import HTTPTypes
import JaneeJSON
import JaneeSecrets

/// Requests to a Vault server and its answers, as its HTTP API has them.
///
/// Paths are encoded segment by segment, so that no name of a secret can become another path or a query.
struct VaultClient: Sendable {
    /// The largest answer that holds a secret.
    static let largestSecret = 1 << 20
    /// The largest answer that holds none, such as that of a login.
    static let largestAnswer = 64 << 10

    let remote: RemoteEndpoint
    let transport: any HTTPTransport
    let time: TimeSource

    /// Sends one request.
    ///
    /// - Throws: What the transport says; `PROVIDER_CONFIG_INVALID` if a header cannot be sent.
    func send(_ request: VaultRequest) async throws(SecretError) -> VaultAnswer {
        var headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)] = [
            // Agents that listen without a token demand it: no page in a browser can send it (their guard against SSRF).
            (.vaultRequest, .plain("true"))
        ]
        if let namespace = request.namespace { headers.append((.vaultNamespace, .plain(namespace))) }
        if let token = request.token, !token.isEmpty { headers.append((.vaultToken, .secret(prefix: "", token))) }
        if request.body != nil { headers.append((.contentType, .plain("application/json"))) }
        let outbound = remote.request(
            request.method,
            "/v1/" + request.path.map(PercentEncoding.encodeSegment).joined(separator: "/") + request.query,
            headers: headers,
            body: request.body?.bytes,
            maximumResponseBytes: request.maximumResponseBytes
        )
        let response: InboundResponse
        do throws(HTTPTransportError) {
            response = try await transport.send(outbound)
        } catch {
            throw SecretError(error)
        }
        return VaultAnswer(response, now: time.sinceEpoch)
    }
}

/// One request, without what all have in common.
struct VaultRequest: Sendable {
    var method = HTTPRequest.Method.get
    /// The segments after `/v1/`, decoded.
    var path: [String]
    /// Empty, or a constant with its question mark.
    var query = ""
    var token: SecretValue?
    var namespace: String?
    var body: JSONValue?
    var maximumResponseBytes = VaultClient.largestAnswer

    /// The segments of a path that the configuration or this program names.
    static func segments(_ path: String) -> [String] {
        path.split(separator: "/").map(String.init)
    }
}

extension HTTPField.Name {
    // The names are constants, so making them cannot fail; `Accept` stands for a name that could not be made.
    static let vaultToken = HTTPField.Name("X-Vault-Token") ?? .accept
    static let vaultRequest = HTTPField.Name("X-Vault-Request") ?? .accept
    static let vaultNamespace = HTTPField.Name("X-Vault-Namespace") ?? .accept
}
