import HTTPTypes
import JaneeJSON
import JaneeSecrets
import Logging

/// Gets, extends and ends tokens, with what the field `auth` says.
struct VaultLogin: TokenIssuer {
    let auth: VaultAuth
    let name: ProviderName
    let session: VaultSession
    let substitution: SubstitutionSource
    let logger: Logger
    /// Where the secret id is wrapped.
    let wrapped: WrappedSecretID?
    /// For the method `aws`.
    let aws: VaultAWSLogin?
    /// Keeps accounts from being locked.
    let lockout = LockoutGuard()

    private var time: TimeSource { session.client.time }

    func logIn() async throws(SecretError) -> TokenGrant<VaultToken> {
        let sent = time.now
        switch auth.method {
        case .agent:
            return TokenGrant(VaultToken(value: SecretValue(""), isOurs: false, since: sent), lifetime: nil)
        case .token(let template):
            return try await lookUp(try template.secret(from: substitution), sent)
        case .approle(let roleID, let secretID, _):
            let given = try secretID.secret(from: substitution)
            let secret = if let wrapped { try await wrapped.open(given) } else { given }
            return try await logIn(
                [
                    "role_id": try text(try roleID.secret(from: substitution), "role id"),
                    "secret_id": try text(secret, "secret id"),
                ],
                sent
            ) { "is the role id right, and is the secret id neither used up nor expired nor bound to other addresses?" }
        case .kubernetes(let role, let file):
            let token = try substitution.file(file)
            substitution.observe(token)
            return try await logIn(["role": .string(role), "jwt": try text(token, "service account token")], sent) {
                claims(of: token, "the service account token in \(file)")
            }
        case .jwt(let role, let template):
            let token = try template.secret(from: substitution)
            var body: JSONObject = ["jwt": try text(token, "JWT")]
            if let role { body.append("role", .string(role)) }
            return try await logIn(body, sent) { claims(of: token, "the JWT") }
        case .certificate(let role):
            return try await logIn(role.map { ["name": .string($0)] } ?? [:], sent) {
                "is the certificate of tls.clientCertFile one that a role of the mount accepts?"
            }
        case .aws:
            guard let aws else { throw SecretError(.providerConfigInvalid, "the method 'aws' is not set up") }
            // In it, for keys that are refused may have been replaced since.
            return try await aws.lease.withSession { session throws(SecretError) in
                try await logIn(aws.body(signedWith: session.credentials), sent) {
                    "does the role bind \(session.source), is the clock right, do 'region' and 'serverId' fit what the"
                        + " server is configured with (sts_region, iam_server_id_header_value)?"
                }
            }
        case .password(let username, let password):
            let (user, secret) = try (username.secret(from: substitution), password.secret(from: substitution))
            guard let name = user.text, !name.isEmpty else {
                throw SecretError(.providerConfigInvalid, "the username is empty or not text")
            }
            try lockout.check(user, secret, at: sent)
            do throws(SecretError) {
                return try await logIn(["password": try text(secret, "password")], sent, path: [name]) {
                    "are username and password right?"
                }
            } catch {
                if error.code == .providerAuthFailed { lockout.refused(user, secret, at: sent) }
                throw error
            }
        }
    }

    func renew(_ token: VaultToken) async throws(SecretError) -> TokenGrant<VaultToken> {
        let answer = try await session.client.send(
            VaultRequest(
                method: .post,
                path: ["auth", "token", "renew-self"],
                token: token.value,
                namespace: session.tokenNamespace,
                body: [:]
            )
        )
        guard answer.isSuccess else {
            guard answer.status == 400 || answer.status == 403 else { throw answer.failure }
            if answer.saysTokenIsInvalid { throw KVAnswer.refusal(of: token) }
            // Not renewable, or no policy for it: another login is the way then, not another renewal.
            throw SecretError(
                .providerPermissionDenied,
                "the server does not renew the token (status \(answer.status)); another login replaces it in time"
            )
        }
        return try grant(answer, since: token.since, isOurs: token.isOurs, holding: token.value)
    }

    func revoke(_ token: VaultToken) async {
        let session = session
        _ = try? await withTimeLimit(.seconds(1), time) {
            _ = try? await session.client.send(
                VaultRequest(
                    method: .post,
                    path: ["auth", "token", "revoke-self"],
                    token: token.value,
                    namespace: session.tokenNamespace
                )
            )
        }
    }

    /// The login of an auth method.
    private func logIn(
        _ body: JSONObject,
        _ sent: Duration,
        path: [String] = [],
        hint: () -> String
    ) async throws(SecretError) -> TokenGrant<VaultToken> {
        let answer = try await session.client.send(
            VaultRequest(
                method: .post,
                path: ["auth"] + auth.mount + ["login"] + path,
                namespace: session.tokenNamespace,
                body: .object(body)
            )
        )
        guard answer.isSuccess else { throw refusal(of: answer, hint()) }
        return try grant(answer, since: sent, isOurs: true)
    }

    /// What Vault says of a service account that it refuses, with a status that otherwise means a failure of its own.
    private static let refusals = ["expired", "not authorized", "unauthorized", "compact JWS", "audience"]

    private func refusal(of answer: VaultAnswer, _ hint: String) -> SecretError {
        let place = "auth/\(auth.mount.joined(separator: "/"))"
        switch answer.status {
        case 400, 401, 403:
            return SecretError(
                .providerAuthFailed,
                "the server refuses the login by '\(auth.name)' at \(place) (status \(answer.status)): \(hint) The mount"
                    + " and the role of the auth method may be wrong as well"
            )
        // What Kubernetes does not accept is an error of the server to this auth method.
        case 500 where auth.name == "kubernetes" && Self.refusals.contains(where: answer.says):
            return SecretError(
                .providerAuthFailed,
                "the server refuses the login by 'kubernetes' at \(place) (status 500): \(hint) The role must allow the"
                    + " service account"
            )
        case 404, 405:
            return SecretError(
                .providerConfigInvalid,
                "nothing that logs in by '\(auth.name)' is mounted at \(place) (status \(answer.status)); set auth.mount"
            )
        default: return answer.failure
        }
    }

    /// A token that somebody else made.
    private func lookUp(_ token: SecretValue, _ sent: Duration) async throws(SecretError) -> TokenGrant<VaultToken> {
        guard let text = token.text, !text.isEmpty,
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else { throw SecretError(.providerConfigInvalid, "the token is empty, or holds blanks or more than one line") }
        let held = VaultToken(value: token, isOurs: false, since: sent)
        let answer = try await session.lookUp(token)
        guard answer.isSuccess else {
            guard try await session.isAlive(token, afterLookUp: answer) else {
                throw SecretError(
                    .providerAuthFailed,
                    "the server does not accept the token: it is wrong, or has expired"
                )
            }
            logger.warning(
                """
                provider '\(name)': the token may not look itself up, so that nothing is known about its end and it is \
                not renewed; give it the default policy, or set auth.namespace if it was made in another namespace
                """
            )
            return TokenGrant(held, lifetime: nil)
        }
        guard let data = answer.data, let lifetime = data["ttl"]?.intValue else { throw answer.failure }
        let uses = self.uses(data)
        // The time that is left, not the one that was granted at first.
        return TokenGrant(
            VaultToken(value: token, isOurs: false, isCounted: uses != nil, since: sent),
            lifetime: lifetime > 0 ? .seconds(lifetime) : nil,
            isRenewable: data["renewable"]?.boolValue ?? false,
            uses: uses,
            isConfirmed: true
        )
    }

    private func grant(
        _ answer: VaultAnswer,
        since: Duration,
        isOurs: Bool,
        holding old: SecretValue? = nil
    ) throws(SecretError) -> TokenGrant<VaultToken> {
        guard let grant = answer.json?["auth"], let text = grant["client_token"]?.stringValue,
            !text.isEmpty, let lifetime = grant["lease_duration"]?.intValue
        else {
            guard answer.json?["auth"]?["mfa_requirement"]?.objectValue == nil else {
                throw SecretError(
                    .providerAuthFailed,
                    "the login asks for a second factor (MFA), which nobody can give unattended; exempt the role"
                )
            }
            throw answer.failure
        }
        let value = SecretValue(text)
        let uses = self.uses(grant)
        let isBatch = grant["token_type"]?.stringValue == "batch"
        return TokenGrant(
            VaultToken(
                value: old == value ? old ?? value : value,
                isOurs: isOurs,
                isCounted: uses != nil,
                since: since
            ),
            lifetime: lifetime > 0 ? .seconds(lifetime) : nil,
            isRenewable: grant["renewable"]?.boolValue ?? false,
            uses: uses,
            // A batch token is nowhere kept and cannot be revoked.
            isRevocable: isOurs && !isBatch
        )
    }

    private func uses(_ data: JSONValue) -> Int? {
        guard let uses = data["num_uses"]?.intValue, uses > 0 else { return nil }
        logger.warning(
            "provider '\(name)': the token is good for \(uses) more requests only; a login for each few reads is slow"
        )
        return uses
    }

    private func claims(of token: SecretValue, _ what: String) -> String {
        guard let claims = JWTClaims(token) else { return "\(what) is no JWT." }
        return "\(what) may be wrong: \(claims.description(at: time.sinceEpoch))."
    }

    private func text(_ secret: SecretValue, _ what: String) throws(SecretError) -> JSONValue {
        guard let text = secret.text, !text.isEmpty else {
            throw SecretError(.providerConfigInvalid, "the \(what) is empty or not text")
        }
        return .string(text)
    }
}
