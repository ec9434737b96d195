import JaneeSecrets

/// The role that the platform gives to this program (`method: iam-role`), in the order of the tools of AWS: web
/// identity, container, instance.
///
/// The keys in `AWS_ACCESS_KEY_ID` and its like are never taken: they are those of another identity than was asked for.
struct IAMRoleSource: AWSCredentialSource {
    let webIdentity: WebIdentitySource
    let container: ContainerSource
    let instance: InstanceMetadataSource
    let substitution: SubstitutionSource

    func issue() async throws(SecretError) -> IssuedAWSSession {
        // One alone is a mistake; to pass it over would mean another role.
        if isSet(WebIdentitySource.fileVariable) || isSet(WebIdentitySource.roleVariable) {
            return try await webIdentity.issue()
        }
        if ContainerSource.variables.contains(where: isSet) { return try await container.issue() }
        return try await instance.issue()
    }

    private func isSet(_ variable: String) -> Bool { substitution.value(variable) != nil }
}
