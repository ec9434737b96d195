import HTTPTypes
import JaneeJSON
import JaneeSecrets

/// An answer of a Vault server.
///
/// Its texts decide what is meant, and are never passed on.
struct VaultAnswer: Sendable {
    private static let limits = JSONLimits(maximumBytes: VaultClient.largestSecret, maximumDepth: 32)

    let status: Int
    /// The body; nil if it is not JSON, as with the pages of proxies.
    let json: JSONValue?
    private let retryAfter: Duration?

    init(_ response: InboundResponse, now: Duration) {
        status = response.status
        json = try? JSONReader.parse(response.body, limits: Self.limits)
        retryAfter = RetryAfter.duration(from: response.headers, now: now)
    }

    var isSuccess: Bool { (200...299).contains(status) }
    var data: JSONValue? { json?["data"] }

    /// Whether an error or a warning of the body holds a text.
    func says(_ text: String) -> Bool {
        for list in ["errors", "warnings"] {
            let texts = json?[list]?.arrayValue ?? []
            if texts.contains(where: { $0.stringValue?.contains(text) == true }) { return true }
        }
        return false
    }

    /// What an answer means that no request expects; for a success whose body is not what was asked for as well.
    var failure: SecretError {
        switch status {
        case 200...299:
            SecretError(
                .providerInternalError,
                json == nil
                    ? "the answer is not JSON; is something else than Vault at the address, such as a proxy's page?"
                    : "the answer is not what Vault's API gives"
            )
        case 300...399:
            SecretError(
                .providerUnavailable,
                "the server redirects (status \(status)), as a standby does that forwards nothing; redirects are never"
                    + " followed: point the address at the active node or at a load balancer"
            )
        case 400: SecretError(.providerInternalError, "the server refuses the request as malformed (status 400)")
        case 405:
            SecretError(.providerConfigInvalid, "what is mounted there cannot be read like this (status 405)")
        case 412: SecretError(.providerUnavailable, "the server is behind the others (status 412)")
        case 429:
            SecretError(
                .providerRateLimited,
                "a quota of requests or of leases is used up (status 429)",
                retryAfter: retryAfter
            )
        case 472: SecretError(.providerUnavailable, "the server is a disaster recovery secondary (status 472)")
        case 473, 474: SecretError(.providerUnavailable, "the server is a standby (status \(status))")
        case 501: SecretError(.providerUnavailable, "the server is not initialised (status 501)")
        case 502: SecretError(.providerUnavailable, "something behind the server failed (status 502)")
        case 503:
            SecretError(
                .providerUnavailable,
                says("sealed")
                    ? "the server is sealed (status 503)"
                    : "the server is sealed or in maintenance, or the namespace is locked (status 503)",
                retryAfter: retryAfter
            )
        case 500...599:
            SecretError(.providerUnavailable, "the server failed (status \(status))", retryAfter: retryAfter)
        default: SecretError(.providerInternalError, "the server gave an unexpected answer (status \(status))")
        }
    }

    /// Whether the server says that the token itself is refused (Vault since 2024 does; older ones and OpenBao do not).
    var saysTokenIsInvalid: Bool { status == 403 && says("invalid token") }

    /// Whether the server found no token, or one that it cannot even take apart.
    var lacksToken: Bool { status == 400 && (says("missing client token") || says("token check")) }
}
