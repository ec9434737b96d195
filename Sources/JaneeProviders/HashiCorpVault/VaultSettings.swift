import JaneeSecrets

/// The configuration of a Vault provider.
struct VaultSettings: Sendable {
    let remote: RemoteEndpoint
    let namespace: String?
    /// The segments of the KV engine's mount.
    let mount: [String]
    /// Nil for both layouts in turn.
    let layout: KVLayout?
    /// Nil where it shows by itself.
    let version: KVVersion?
    let auth: VaultAuth
    /// What the auth method `aws` needs.
    let aws: VaultAWSLogin?
    /// The longest time of a login.
    let requestLimit: Duration

    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    init(_ name: ProviderName, _ section: ConfigSection, _ context: ProviderContext) throws(SecretError) {
        let address = section.string("address") ?? ""
        let endpoint: EndpointURL
        do throws(EndpointURLError) {
            endpoint =
                try address.hasPrefix("unix:")
                ? EndpointURL(parsingSocket: address) : EndpointURL(parsing: address)
        } catch {
            throw SecretError(.providerConfigInvalid, "the address \(error.description)", provider: name.spelling)
        }
        remote = try RemoteEndpoint(endpoint, of: name, section, context)
        namespace = section.string("namespace")
        mount = VaultRequest.segments(section.string("mountPath") ?? Self.defaultMount)
        layout = section.string("layout").flatMap(KVLayout.init)
        version = Self.version(section)
        requestLimit = ProviderLimits(section).attempt
        guard let authSection = section.section("auth") else {
            throw SecretError(.providerConfigInvalid, "the field 'auth' is missing", provider: name.spelling)
        }
        auth = try VaultAuth(authSection, home: context.homeDirectory)
        aws = if case .aws = auth.method { try VaultAWSLogin(authSection, name, section, context) } else { nil }
        switch auth.method {
        case .certificate where !remote.hasClientCertificate:
            throw SecretError(
                .providerConfigInvalid,
                "the auth method 'cert' needs tls.clientCertFile and tls.clientKeyFile",
                provider: name.spelling
            )
        case .agent where !endpoint.isLiteralLoopback:
            throw SecretError(
                .providerConfigInvalid,
                "the auth method 'agent' is for an agent on this machine: a unix socket or a loopback address",
                provider: name.spelling
            )
        default: break
        }
    }

    static let defaultMount = "secret"

    static func version(_ section: ConfigSection) -> KVVersion? {
        (section.integer("kvVersion") ?? section.string("kvVersion").flatMap { Int($0) }).flatMap(KVVersion.init)
    }
}
