import HTTPTypes
import JaneeSecrets
import JaneeSigV4

/// The requests to the Security Token Service (STS) of AWS, whose API takes forms and answers in XML.
struct SecurityTokenService: Sendable {
    static let contentType = "application/x-www-form-urlencoded; charset=utf-8"
    /// Asks who one is, which everybody may.
    static let callerIdentityBody = "Action=GetCallerIdentity&Version=2011-06-15"

    let client: AWSClient

    /// Proves keys, clock and network; it needs no permission.
    ///
    /// - Throws: `PROVIDER_AUTH_FAILED` if the keys are refused.
    func getCallerIdentity(_ session: AWSSession) async throws(SecretError) {
        let answer = try await client.send(
            [(.contentType, Self.contentType)],
            Array(Self.callerIdentityBody.utf8),
            signedWith: session.credentials
        )
        guard answer.isSuccess else { throw answer.failure("sts:GetCallerIdentity", session.source) }
    }

    /// Assumes a role.
    ///
    /// - Throws: `PROVIDER_AUTH_FAILED` if that is not allowed, and also if the keys are refused, which `caller` tells.
    func assumeRole(_ role: AWSAuth.Role, as caller: AWSSession) async throws(SecretError) -> IssuedAWSSession {
        var fields = [("RoleArn", role.arn), ("RoleSessionName", role.sessionName)]
        if let externalID = role.externalID { fields.append(("ExternalId", externalID)) }
        let answer = try await send("AssumeRole", fields, caller.credentials)
        guard answer.isSuccess else {
            switch answer.kind {
            case .denied:
                // Of the two policies that count, AWS does not say which one is missing.
                throw SecretError(
                    .providerPermissionDenied,
                    "\(caller.source) may not assume \(role.arn): a policy of the caller must allow sts:AssumeRole on it,"
                        + " and the trust policy of the role the caller"
                        + (role.externalID == nil
                            ? " (an external id, if it asks for one, is not set)" : " and the external id")
                )
            case .malformed:
                throw SecretError(.providerConfigInvalid, "STS does not accept the roleArn, externalId or sessionName")
            default: throw answer.failure("sts:AssumeRole", caller.source)
            }
        }
        return try session(answer, "AssumeRole", source: "the role \(role.arn)")
    }

    /// Trades the token of a web identity, which proves itself, for the keys of a role.
    func assumeRoleWithWebIdentity(
        _ role: String,
        sessionName: String,
        token: SecretValue
    ) async throws(SecretError) -> AWSAnswer {
        guard let text = token.text, !text.isEmpty else {
            throw SecretError(.providerConfigInvalid, "the file of AWS_WEB_IDENTITY_TOKEN_FILE is empty or not text")
        }
        return try await send(
            "AssumeRoleWithWebIdentity",
            [("RoleArn", role), ("RoleSessionName", sessionName), ("WebIdentityToken", text)],
            nil
        )
    }

    /// The keys in an answer.
    func session(
        _ answer: AWSAnswer,
        _ action: String,
        source: String
    ) throws(SecretError) -> IssuedAWSSession {
        guard let root = try? XMLElement(parsing: answer.body), root.name == "\(action)Response",
            let keys = root["\(action)Result"]?["Credentials"], let id = keys.text("AccessKeyId"),
            let secret = keys.text("SecretAccessKey"), let token = keys.text("SessionToken"),
            let expiration = keys.text("Expiration").flatMap(AWSTimestamp.sinceEpoch)
        else {
            throw SecretError(.providerInternalError, "the answer to \(action) is not what the API of STS gives")
        }
        do throws(SecretError) {
            let session = try AWSSession(
                id: SecretValue(id),
                secret: SecretValue(secret),
                token: SecretValue(token),
                source: source
            )
            return IssuedAWSSession(session: session, expiration: expiration)
        } catch {
            throw SecretError(.providerInternalError, "STS issues something that is no keys: \(error.detail)")
        }
    }

    private func send(
        _ action: String,
        _ fields: [(String, String)],
        _ credentials: AWSCredentials?
    ) async throws(SecretError) -> AWSAnswer {
        let form = FormFields.encoded([("Action", action), ("Version", "2011-06-15")] + fields)
        return try await client.send([(.contentType, Self.contentType)], Array(form.utf8), signedWith: credentials)
    }
}
