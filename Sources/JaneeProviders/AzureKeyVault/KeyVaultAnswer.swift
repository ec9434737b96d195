import HTTPTypes
import JaneeJSON
import JaneeSecrets

/// An answer of Key Vault.
///
/// Its texts decide what is meant, and are never passed on.
struct KeyVaultAnswer: Sendable {
    private static let limits = JSONLimits(maximumBytes: KeyVaultClient.largestAnswer, maximumDepth: 32)

    let status: Int
    let json: JSONValue?
    let challenge: BearerChallenge?
    private let code: String
    private let innerCode: String
    private let message: String
    private let requestID: String?
    private let retryAfter: Duration?

    init(_ response: InboundResponse, now: Duration) {
        status = response.status
        json = try? JSONReader.parse(response.body, limits: Self.limits)
        let error = json?["error"]
        code = error?["code"]?.stringValue ?? ""
        // The service writes both.
        innerCode = (error?["innererror"] ?? error?["innerError"])?["code"]?.stringValue ?? ""
        message = error?["message"]?.stringValue ?? ""
        challenge = response.headers[.wwwAuthenticate].flatMap { BearerChallenge($0) }
        requestID = RequestID.shown(response.headers[.msRequestID])
        retryAfter = RetryAfter.duration(from: response.headers, now: now)
    }

    var isSuccess: Bool { (200...299).contains(status) }

    /// Whether there is no such secret, or no such version.
    var isMissing: Bool { status == 404 && (code == "SecretNotFound" || code == "SecretVersionNotFound") }

    /// Whether access is decided by Azure's roles, and this identity has none that is enough.
    var isRefusedByRole: Bool { status == 403 && innerCode == "ForbiddenByRbac" }

    /// Whether access is decided by the vault's own policies, and they do not allow this.
    var isRefusedByPolicy: Bool {
        status == 403 && innerCode != "ForbiddenByRbac" && innerCode != "ForbiddenByFirewall" && code == "Forbidden"
            && !message.contains("Client address is not authorized")
    }

    /// What the answer means if it is no success.
    ///
    /// - Parameter identity: Whose token was sent, in words.
    func failure(_ identity: String) -> SecretError {
        switch status {
        case 200...299:
            error(
                .providerInternalError,
                "the answer is not what the API of Key Vault gives; is something else at the address, such as a proxy?"
            )
        case 300...399: error(.providerInternalError, "the vault redirects, which is never followed")
        case 400: error(.providerInternalError, "Key Vault does not accept the request")
        case 401: error(.providerAuthFailed, "Key Vault refuses the token of \(identity)")
        case 403: forbidden(identity)
        case 404: error(.providerConfigInvalid, "there is no such vault, or something else is at the address")
        case 409: error(.providerUnavailable, "the secret is being deleted or recovered")
        case 429: error(.providerRateLimited, "Key Vault asks to slow down", retryAfter: retryAfter)
        case 408, 500...599: error(.providerUnavailable, "Key Vault failed", retryAfter: retryAfter)
        default: error(.providerInternalError, "Key Vault gave an unexpected answer")
        }
    }

    private func forbidden(_ identity: String) -> SecretError {
        let isDisabled = innerCode == "SecretDisabled" || message.contains("disabled secret")
        if isDisabled {
            return error(.providerPermissionDenied, "the secret, or the version, is disabled; enable it in the vault")
        }
        if innerCode == "ForbiddenByFirewall" || message.contains("Client address is not authorized") {
            return error(
                .providerPermissionDenied,
                "the vault's firewall does not let this machine in; allow its network, or use a private endpoint"
            )
        }
        if message.contains("expired secret") || message.contains("before the secret's nbf") {
            return error(.providerPermissionDenied, "the secret is not valid at this time by its own dates")
        }
        let hint =
            switch innerCode {
            case "ForbiddenByPolicy": "give it the permission 'get' for secrets in the vault's access policies"
            default: "assign it the role 'Key Vault Secrets User', which takes some minutes to count"
            }
        return error(.providerPermissionDenied, "\(identity) may not read secrets of the vault; \(hint)")
    }

    private func error(_ code: SecretError.Code, _ words: String, retryAfter: Duration? = nil) -> SecretError {
        let names = ["SecretDisabled", "ForbiddenByRbac", "ForbiddenByPolicy", "ForbiddenByFirewall"]
        let parts =
            ["status \(status)"] + (names.contains(innerCode) ? [innerCode] : [])
            + (requestID.map { ["request \($0)"] } ?? [])
        return SecretError(code, "\(words) (\(parts.joined(separator: ", ")))", retryAfter: retryAfter)
    }
}

extension HTTPField.Name {
    // The name is a constant, so making it cannot fail; `Accept` stands for a name that could not be made.
    static let msRequestID = HTTPField.Name("x-ms-request-id") ?? .accept
}
