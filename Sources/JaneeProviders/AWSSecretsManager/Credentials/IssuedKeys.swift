import JaneeJSON
import JaneeSecrets

/// Keys in the JSON that the credential sources of AWS's platforms answer with.
struct IssuedKeys: Sendable {
    private static let limits = JSONLimits(maximumBytes: MetadataRequest.maximumResponseBytes, maximumDepth: 8)

    let issued: IssuedAWSSession
    /// When they expire, whether or not they are used in spite of it.
    let expiration: Duration

    /// - Parameters:
    ///   - json: An object with `AccessKeyId`, `SecretAccessKey`, `Token` and `Expiration`.
    /// - Throws: `PROVIDER_INTERNAL_ERROR` if it is none, `PROVIDER_AUTH_FAILED` if it says that there are no keys.
    init(_ response: InboundResponse, source: String) throws(SecretError) {
        guard let json = try? JSONReader.parse(response.body, limits: Self.limits), json.objectValue != nil else {
            throw SecretError(.providerInternalError, "what offers \(source) answers with something else than JSON")
        }
        // A source that has none says so with the status of a success.
        if let code = json["Code"]?.stringValue, code != "Success" {
            throw SecretError(
                .providerAuthFailed,
                "what offers \(source) says that it has no keys at the moment: may AWS assume the role for it (its trust"
                    + " policy), and is the role still there?"
            )
        }
        guard let id = json["AccessKeyId"]?.stringValue, let secret = json["SecretAccessKey"]?.stringValue,
            let token = json["Token"]?.stringValue,
            let expiration = json["Expiration"]?.stringValue.flatMap(AWSTimestamp.sinceEpoch)
        else { throw SecretError(.providerInternalError, "what offers \(source) answers without complete keys") }
        do throws(SecretError) {
            let session = try AWSSession(
                id: SecretValue(id),
                secret: SecretValue(secret),
                token: SecretValue(token),
                source: source
            )
            issued = IssuedAWSSession(session: session, expiration: expiration)
        } catch {
            throw SecretError(.providerInternalError, "what offers \(source) gives no keys: \(error.detail)")
        }
        self.expiration = expiration
    }
}
