import JaneeSecrets

/// The configuration of an Azure provider.
struct AzureSettings: Sendable {
    private static let authorityVariable = "AZURE_AUTHORITY_HOST"

    let cloud: AzureCloud
    let vault: RemoteEndpoint
    /// What joins the segments of longer paths.
    let separator: String?
    let source: any AzureTokenSource
    /// The longest time in which a token is got, which may take several requests.
    let requestLimit: Duration

    /// Longer than a platform takes to update what gives tokens: reads do not wait for so long, but the login goes on.
    private static let longestLogin = Duration.seconds(80)

    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    init(_ name: ProviderName, _ section: ConfigSection, _ context: ProviderContext) throws(SecretError) {
        let address: EndpointURL
        do throws(EndpointURLError) {
            address = try EndpointURL(parsing: section.string("vaultUrl") ?? "")
        } catch {
            throw SecretError(.providerConfigInvalid, "the vaultUrl \(error)", provider: name.spelling)
        }
        guard let cloud = AzureCloud(ofVault: address) else {
            throw SecretError(.providerConfigInvalid, "the vaultUrl is of no known cloud", provider: name.spelling)
        }
        self.cloud = cloud
        vault = try RemoteEndpoint(address, of: name, section, context)
        separator = section.string("pathSeparator")
        requestLimit = max(ProviderLimits(section).attempt * 3, Self.longestLogin)
        guard let authSection = section.section("auth") else {
            throw SecretError(.providerConfigInvalid, "the field 'auth' is missing", provider: name.spelling)
        }
        let auth = try AzureAuth(authSection, home: context.homeDirectory)
        switch auth {
        case .managedIdentity(let id):
            source = ManagedIdentitySource(id, resource: cloud.resource, name, context)
        case .application(let application):
            source = EntraTokenSource(
                application: application,
                scope: cloud.resource + "/.default",
                authority: try Self.authority(cloud, name, section, context),
                context: context
            )
        }
    }

    /// Where tokens are asked for: at the cloud's directory, or where the environment says, as AKS does.
    private static func authority(
        _ cloud: AzureCloud,
        _ name: ProviderName,
        _ section: ConfigSection,
        _ context: ProviderContext
    ) throws(SecretError) -> RemoteEndpoint {
        let override = context.substitution.value(authorityVariable)
        let url: EndpointURL
        do throws(EndpointURLError) {
            let text = override.map { $0.contains("://") ? $0 : "https://\($0)" } ?? "https://\(cloud.authority)"
            url = try EndpointURL(parsing: text)
        } catch {
            throw SecretError(.providerConfigInvalid, "\(authorityVariable): \(error)", provider: name.spelling)
        }
        let isKnown = url.scheme == .https && url.isDefaultPort && AzureCloud.authorities.contains(url.host)
        guard url.isLiteralLoopback || isKnown, url.basePath.isEmpty else {
            throw SecretError(
                .providerConfigInvalid,
                "\(authorityVariable) names neither a directory of Microsoft's nor this machine; unset it",
                provider: name.spelling
            )
        }
        // Name, keys and certificate of the field `tls` are those of the vault.
        return try RemoteEndpoint(
            url,
            of: name,
            section,
            context,
            because: override == nil ? nil : authorityVariable,
            trust: .authoritiesOnly
        )
    }
}
