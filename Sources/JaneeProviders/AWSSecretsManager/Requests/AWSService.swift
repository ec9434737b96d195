import JaneeSecrets

/// A service of AWS that this program asks.
enum AWSService: String, Sendable {
    /// The name that signatures have.
    case secretsManager = "secretsmanager"
    case securityTokenService = "sts"

    /// The variable with which the tools of AWS are pointed at an emulator.
    var endpointVariable: String {
        switch self {
        case .secretsManager: "AWS_ENDPOINT_URL_SECRETS_MANAGER"
        case .securityTokenService: "AWS_ENDPOINT_URL_STS"
        }
    }

    /// The host in a region, as the endpoint rules of the SDKs of AWS have it.
    func host(in region: AWSRegion, fips: Bool) -> String {
        // In that partition the ordinary endpoint of STS is one for FIPS.
        let isOrdinary = !fips || self == .securityTokenService && region.partition == .usGov
        return "\(rawValue)\(isOrdinary ? "" : "-fips").\(region.name).\(region.partition.dnsSuffix)"
    }

    /// Where the service of a region is: at AWS, or on this machine if the environment says so.
    ///
    /// - Parameter trust: What of the field `tls` counts there.
    /// - Throws: `PROVIDER_CONFIG_INVALID` if the environment names another machine.
    func endpoint(
        in region: AWSRegion,
        fips: Bool,
        _ name: ProviderName,
        _ section: ConfigSection,
        _ context: ProviderContext,
        trust: RemoteEndpoint.Trust
    ) throws(SecretError) -> RemoteEndpoint {
        let variable = endpointVariable
        let override = context.substitution.value(variable)
        let url: EndpointURL
        do throws(EndpointURLError) {
            url = try EndpointURL(parsing: override ?? "https://\(host(in: region, fips: fips))")
        } catch {
            throw SecretError(.providerConfigInvalid, "\(variable): \(error)", provider: name.spelling)
        }
        guard override == nil || url.isLiteralLoopback else {
            throw SecretError(
                .providerConfigInvalid,
                "\(variable) names another machine, and only one on this machine is heeded; unset it, or write localhost,"
                    + " 127.0.0.1 or [::1] as the host",
                provider: name.spelling
            )
        }
        return try RemoteEndpoint(
            url,
            of: name,
            section,
            context,
            because: override == nil ? nil : variable,
            trust: trust
        )
    }
}
