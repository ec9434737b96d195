import JaneeSecrets
import JaneeSigV4

/// Keys as they are used, with where they come from; equal keys are equal.
struct AWSSession: Sendable, Equatable {
    let credentials: AWSCredentials
    /// Whose keys they are, in words.
    let source: String

    static func == (left: AWSSession, right: AWSSession) -> Bool { left.credentials == right.credentials }

    /// Checks what was given.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` for what cannot be keys.
    init(
        id: SecretValue,
        secret: SecretValue,
        token: SecretValue?,
        source: String
    ) throws(SecretError) {
        guard let name = id.text, (4...128).contains(name.utf8.count), AWSAccount.isWord(name, or: "") else {
            throw SecretError(.providerConfigInvalid, "the access key id is none: letters and digits without blanks")
        }
        guard secret.isVisible, token?.isVisible ?? true else {
            throw SecretError(
                .providerConfigInvalid,
                "the secret access key or the session token is empty, or holds blanks or more than one line"
            )
        }
        credentials = AWSCredentials(accessKeyID: name, secretAccessKey: secret, sessionToken: token)
        self.source = source
    }
}

/// Where keys come from.
protocol AWSCredentialSource: Sendable {
    /// Asks for keys; whatever is read for it is read anew.
    ///
    /// - Throws: `PROVIDER_AUTH_FAILED` if there are none for us; `PROVIDER_CONFIG_INVALID`, `PROVIDER_UNAVAILABLE`.
    func issue() async throws(SecretError) -> IssuedAWSSession
}

/// Keys as they were issued.
struct IssuedAWSSession: Sendable {
    let session: AWSSession
    /// When they expire, in time since 1970 by the clocks of AWS; nil for those that do not, or are used in spite of it.
    let expiration: Duration?
    /// When to ask again, where that is not a matter of the expiration.
    var askAgainAfter: Duration?
}

extension SecretValue {
    /// Whether it is text without blanks that a header can hold.
    fileprivate var isVisible: Bool {
        withBytes { !$0.isEmpty && $0.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
    }
}
