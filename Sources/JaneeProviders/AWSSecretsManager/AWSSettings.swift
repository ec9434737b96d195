import JaneeSecrets

/// The configuration of an AWS provider.
struct AWSSettings: Sendable {
    let region: AWSRegion
    let secretsManager: AWSClient
    let tokenService: SecurityTokenService
    let lease: AWSLease

    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    init(_ name: ProviderName, _ section: ConfigSection, _ context: ProviderContext) throws(SecretError) {
        guard let region = AWSRegion(section.string("region") ?? "") else {
            throw SecretError(.providerConfigInvalid, "the field 'region' names no region", provider: name.spelling)
        }
        self.region = region
        let clock = AWSClock(context.time)
        let fips = section.boolean("fips") ?? false
        secretsManager = AWSClient(
            service: .secretsManager,
            region: region,
            remote: try AWSService.secretsManager
                .endpoint(in: region, fips: fips, name, section, context, trust: .all),
            transport: context.transport,
            clock: clock
        )
        tokenService = SecurityTokenService(
            client: AWSClient(
                service: .securityTokenService,
                region: region,
                // Name, keys and certificate of the field `tls` are those of Secrets Manager.
                remote: try AWSService.securityTokenService
                    .endpoint(in: region, fips: fips, name, section, context, trust: .authoritiesOnly),
                transport: context.transport,
                clock: clock
            )
        )
        lease = AWSLease(
            try AWSAuth(section.section("auth"), assuming: section, name),
            name,
            service: tokenService,
            requestLimit: ProviderLimits(section).attempt,
            context: context,
            container: { url throws(SecretError) in
                try RemoteEndpoint(url, of: name, section, context, trust: .authoritiesOnly)
            }
        )
    }
}
