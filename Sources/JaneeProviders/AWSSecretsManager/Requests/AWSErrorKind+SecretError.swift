import JaneeSecrets

extension AWSErrorKind {
    /// The error in the words of the taxonomy.
    ///
    /// - Parameters:
    ///   - action: What was asked for, in the words of a policy.
    ///   - credentials: Whose keys signed it, in words.
    ///   - reference: What AWS calls the error and the request.
    func error(
        _ action: String,
        _ credentials: String,
        _ reference: String,
        retryAfter: Duration? = nil
    ) -> SecretError {
        SecretError(code, "\(words(action, credentials)) (\(reference))", retryAfter: isPassing ? retryAfter : nil)
    }

    private var isPassing: Bool { self == .throttled || self == .unavailable }

    private var code: SecretError.Code {
        switch self {
        case .notFound, .noSuchVersion, .scheduledForDeletion: .secretNotFound
        case .malformed, .unusable, .encryption: .providerInternalError
        case .encryptionDenied, .denied: .providerPermissionDenied
        case .badCredentials, .expiredCredentials, .clock: .providerAuthFailed
        case .throttled: .providerRateLimited
        case .unavailable: .providerUnavailable
        case .regionDisabled: .providerConfigInvalid
        }
    }

    private func words(_ action: String, _ credentials: String) -> String {
        switch self {
        case .notFound: "AWS has no such secret in the region"
        case .noSuchVersion: "the secret has no value of that version, or none at all yet"
        case .scheduledForDeletion:
            "the secret is scheduled for deletion; 'aws secretsmanager restore-secret' brings it back"
        case .malformed: "AWS does not accept the request \(action)"
        case .unusable: "AWS does not give the secret in its present state"
        case .encryption: "the KMS key of the secret does not work; is it enabled?"
        case .encryptionDenied: "\(credentials) may not use the KMS key of the secret; grant kms:Decrypt on it"
        case .denied: "\(credentials) may not do this; a policy must allow \(action), and none deny it"
        case .badCredentials: "AWS refuses the keys (\(credentials))"
        case .expiredCredentials: "the keys have expired (\(credentials))"
        case .clock: "AWS refuses the time of the signature; set the clock of this machine"
        case .throttled: "AWS asks to slow down"
        case .unavailable: "AWS failed"
        case .regionDisabled: "STS is not activated for the account in the region; activate it there"
        }
    }
}
