import JaneeSecrets
import JaneeSigV4

/// The keys of the configuration (`method: access-key`), read anew each time.
struct AccessKeySource: AWSCredentialSource {
    let id: SubstitutionTemplate
    let secret: SubstitutionTemplate
    let token: SubstitutionTemplate?
    let substitution: SubstitutionSource

    func issue() async throws(SecretError) -> IssuedAWSSession {
        let id = try id.secret(from: substitution)
        let session = try AWSSession(
            id: id,
            secret: try secret.secret(from: substitution),
            token: try token?.secret(from: substitution),
            source: "the configured access key"
        )
        // Such keys are temporary by their name, and AWS would say no more than that they are invalid.
        guard session.credentials.sessionToken != nil || !session.credentials.accessKeyID.hasPrefix("ASIA") else {
            throw SecretError(
                .providerConfigInvalid,
                "the access key is a temporary one, which needs its session token: set auth.sessionToken"
            )
        }
        return IssuedAWSSession(session: session, expiration: nil)
    }
}
