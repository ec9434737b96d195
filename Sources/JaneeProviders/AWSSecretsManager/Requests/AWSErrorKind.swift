/// What an error of AWS is about, by its name; the status is the same for nearly all of them.
///
/// The names are those of the API references of Secrets Manager, STS and KMS, and of "Common Errors".
enum AWSErrorKind: Sendable, Hashable {
    case notFound
    /// The secret is there, but has no value of the version that was asked for.
    case noSuchVersion
    /// The secret was deleted, and can be restored for some days.
    case scheduledForDeletion
    /// The request says something that AWS does not take.
    case malformed
    /// The secret is in a state in which it cannot be read.
    case unusable
    /// What encrypts the secret does not work.
    case encryption
    /// What encrypts the secret may not be used.
    case encryptionDenied
    case denied
    /// Nobody has such keys, or the signature is not of them.
    case badCredentials
    case expiredCredentials
    /// The clocks differ too much.
    case clock
    case throttled
    case unavailable
    /// The region of STS is switched off for the account.
    case regionDisabled

    /// Nil for a name that is not known.
    ///
    /// - Parameter message: The words that come with it, which tell apart what has one name only.
    init?(name: String, message: String) {
        switch name {
        case "ResourceNotFoundException":
            self = Self.says(message, ["secret value for"]) ? .noSuchVersion : .notFound
        case "InvalidRequestException", "InvalidParameterException":
            let isDeleted = ["marked for deletion", "scheduled for deletion", "marked deleted"]
            if Self.says(message, isDeleted) {
                self = .scheduledForDeletion
            } else {
                self = name == "InvalidRequestException" ? .unusable : .malformed
            }
        case "ValidationException", "ValidationError", "SerializationException", "InvalidParameterValue",
            "InvalidParameterCombination", "MissingParameter", "InvalidAction", "UnknownOperationException":
            self = .malformed
        case "DecryptionFailure", "DecryptionFailureException":
            self =
                Self.says(message, ["access denied", "not authorized", "accessdenied"])
                ? .encryptionDenied : .encryption
        case "KMSAccessDeniedException": self = .encryptionDenied
        case "KMSDisabledException", "KMSInvalidStateException", "KMSNotFoundException", "KMSOptInRequired",
            "KMSInternalException", "KMSInvalidSignatureException":
            self = .encryption
        case "AccessDeniedException", "AccessDenied", "NotAuthorized", "UnauthorizedOperation":
            self = Self.says(message, ["access to kms", "kms:", "kms key"]) ? .encryptionDenied : .denied
        case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidSignatureException",
            "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException",
            "MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired",
            "InvalidIdentityToken", "InvalidIdentityTokenException", "IDPRejectedClaim", "IDPRejectedClaimException",
            "InvalidToken":
            self = Self.says(message, ["signature expired", "signature not yet current"]) ? .clock : .badCredentials
        case "ExpiredTokenException", "ExpiredToken", "TokenRefreshRequired": self = .expiredCredentials
        case "RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture": self = .clock
        case "ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException",
            "RequestLimitExceeded", "SlowDown", "RequestThrottled", "RequestThrottledException",
            "BandwidthLimitExceeded",
            "LimitExceededException", "KMSThrottlingException", "ProvisionedThroughputExceededException",
            "PriorRequestNotComplete", "TransactionInProgressException", "EC2ThrottledException":
            self = .throttled
        case "InternalServiceError", "InternalServiceErrorException", "InternalFailure", "InternalError",
            "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout",
            "RequestTimeoutException", "IDPCommunicationError", "IDPCommunicationErrorException":
            self = .unavailable
        case "RegionDisabledException": self = .regionDisabled
        default: return nil
        }
    }

    private static func says(_ message: String, _ texts: [String]) -> Bool {
        let message = message.lowercased()
        return texts.contains { message.contains($0) }
    }
}
