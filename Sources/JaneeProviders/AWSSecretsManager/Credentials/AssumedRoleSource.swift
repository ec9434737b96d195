import JaneeSecrets

/// A role that is assumed with the keys of another one (`assumeRole`).
struct AssumedRoleSource: AWSCredentialSource {
    let role: AWSAuth.Role
    let service: SecurityTokenService
    /// The keys of whoever assumes it.
    let caller: TokenLease<AWSSession>

    func issue() async throws(SecretError) -> IssuedAWSSession {
        do throws(SecretError) {
            return try await caller.withToken { session throws(SecretError) in
                try await service.assumeRole(role, as: session)
            }
        } catch {
            // To the caller's keys it is a matter of permission, to these here one of logging in.
            guard error.code == .providerPermissionDenied else { throw error }
            throw SecretError(.providerAuthFailed, error.detail, cause: error.cause)
        }
    }
}
