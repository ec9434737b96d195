package import JaneeSecrets

/// What AWS issues to a user or a role to sign requests with.
package struct AWSCredentials: Sendable, Equatable {
    /// Names the key; it is part of every signature and no secret.
    package let accessKeyID: String
    /// Signs; it is never sent.
    package let secretAccessKey: SecretValue
    /// Sent with every request made with temporary credentials; nil for those of a user.
    package let sessionToken: SecretValue?

    package init(accessKeyID: String, secretAccessKey: SecretValue, sessionToken: SecretValue? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}
