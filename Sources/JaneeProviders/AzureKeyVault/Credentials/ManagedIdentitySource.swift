import JaneeFiles
import JaneeSecrets
import Logging
import Synchronization

/// The identity that the platform gives to this program (`method: managed-identity`).
///
/// Which platform it is, the environment says; of those that it does not name, only the machine itself is left. The order is
/// that of Microsoft's own libraries.
struct ManagedIdentitySource: AzureTokenSource {
    private static let endpoint = "IDENTITY_ENDPOINT"
    private static let header = "IDENTITY_HEADER"
    private static let thumbprint = "IDENTITY_SERVER_THUMBPRINT"
    private static let oldEndpoint = "MSI_ENDPOINT"
    private static let arcEndpoint = "IMDS_ENDPOINT"
    private static let arcAgent = "/opt/azcmagent/bin/himds"

    let id: ManagedIdentityID
    let request: ManagedIdentityRequest
    private let substitution: SubstitutionSource
    private let hasArcAgent: @Sendable () -> Bool

    init(
        _ id: ManagedIdentityID,
        resource: String,
        _ name: ProviderName,
        _ context: ProviderContext,
        arcTokens: String = ArcIdentity.tokenDirectory,
        hasArcAgent: @escaping @Sendable () -> Bool = { RegularFile.exists(ManagedIdentitySource.arcAgent) }
    ) {
        self.id = id
        substitution = context.substitution
        request = ManagedIdentityRequest(resource: resource, name: name, context: context, arcTokens: arcTokens)
        self.hasArcAgent = hasArcAgent
    }

    func issue(claims: String?) async throws(SecretError) -> TokenGrant<AzureToken> {
        var identity: (kind: ManagedIdentityID.Kind, id: String)?
        if case .assigned(let kind, let template) = id {
            guard let text = try template.secret(from: substitution).text, !text.isEmpty else {
                throw SecretError(.providerConfigInvalid, "the id of the managed identity is empty or not text")
            }
            identity = (kind, text)
        }
        let isSet = { (name: String) in substitution.value(name) != nil }
        if isSet(Self.endpoint), isSet(Self.header) {
            guard !isSet(Self.thumbprint) else {
                throw SecretError(
                    .providerConfigInvalid,
                    "the identities of Service Fabric (\(Self.thumbprint)) are not supported; use a service principal"
                )
            }
            return try await request.appService(identity)
        }
        if isSet(Self.oldEndpoint) { return try await request.oldAppService(identity) }
        if isSet(Self.endpoint) && isSet(Self.arcEndpoint) || hasArcAgent() { return try await request.arc(identity) }
        return try await request.instance(identity)
    }
}
