import JaneeSecrets

/// The role of a service account of Kubernetes (IRSA), or of whatever else puts the token of an identity into a file.
struct WebIdentitySource: AWSCredentialSource {
    static let fileVariable = "AWS_WEB_IDENTITY_TOKEN_FILE"
    static let roleVariable = "AWS_ROLE_ARN"
    private static let sessionVariable = "AWS_ROLE_SESSION_NAME"

    let service: SecurityTokenService
    let substitution: SubstitutionSource
    let sessionName: String

    func issue() async throws(SecretError) -> IssuedAWSSession {
        let role = try variable(Self.roleVariable, .awsRoleARN)
        let name =
            substitution.value(Self.sessionVariable) == nil
            ? sessionName : try variable(Self.sessionVariable, .awsSessionName)
        guard let path = substitution.value(Self.fileVariable) else {
            throw SecretError(.providerConfigInvalid, "\(Self.fileVariable) is not set, but \(Self.roleVariable) is")
        }
        // The platform replaces it every few hours.
        let token = try substitution.file(path)
        substitution.observe(token)
        let answer = try await service.assumeRoleWithWebIdentity(role, sessionName: name, token: token)
        guard answer.isSuccess else { throw refusal(answer, token) }
        return try service.session(
            answer,
            "AssumeRoleWithWebIdentity",
            source: "the role of the web identity, \(role)"
        )
    }

    private func refusal(_ answer: AWSAnswer, _ token: SecretValue) -> SecretError {
        let claims = JWTClaims(token).map { ": \($0.description(at: service.client.clock.now))" } ?? ""
        switch answer.kind {
        case .badCredentials, .expiredCredentials:
            return SecretError(
                .providerAuthFailed,
                "STS refuses the token in the file of \(Self.fileVariable)\(claims)"
                    + (answer.kind == .expiredCredentials ? "; whatever writes the file does so no more" : "")
            )
        case .denied:
            return SecretError(
                .providerAuthFailed,
                "STS does not give the role of \(Self.roleVariable) to the web identity: its trust policy must allow"
                    + " sts:AssumeRoleWithWebIdentity to the identity provider, subject and audience\(claims)"
            )
        case .malformed:
            return SecretError(
                .providerConfigInvalid,
                "STS does not accept the token, or \(Self.roleVariable) or \(Self.sessionVariable)\(claims)"
            )
        default: return answer.failure("sts:AssumeRoleWithWebIdentity", "the web identity")
        }
    }

    private func variable(_ name: String, _ format: ConfigStringFormat) throws(SecretError) -> String {
        guard let text = substitution.value(name) else {
            throw SecretError(.providerConfigInvalid, "\(name) is not set, but \(Self.fileVariable) is")
        }
        if let refusal = format.check(text) {
            throw SecretError(.providerConfigInvalid, "\(name) \(refusal.message)")
        }
        return text
    }
}
