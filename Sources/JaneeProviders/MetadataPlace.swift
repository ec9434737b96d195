import JaneeSecrets
import Logging
import Synchronization

/// Where the credential source of a platform is, for one provider: with a word about one that was moved to this machine.
final class MetadataPlace: Sendable {
    private let name: ProviderName
    private let context: ProviderContext
    /// The variables of which it was said that they name this machine.
    private let reported = Mutex<Set<String>>([])

    init(_ name: ProviderName, _ context: ProviderContext) {
        self.name = name
        self.context = context
    }

    /// The place by what the environment says now.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` if that is a place that may not be asked.
    func endpoint(_ service: MetadataService) throws(SecretError) -> MetadataEndpoint {
        let endpoint: MetadataEndpoint
        do throws(MetadataEndpointError) {
            endpoint = try MetadataEndpoint(service, variable: context.substitution.variable)
        } catch {
            throw SecretError(.providerConfigInvalid, error.description)
        }
        guard let variable = endpoint.overriddenBy else { return endpoint }
        guard context.allowsLoopback else {
            throw SecretError(
                .providerConfigInvalid,
                "\(variable) names this machine, and 'security.devMode: false' refuses that"
            )
        }
        if reported.withLock({ $0.insert(variable).inserted }) {
            context.logger.notice(
                """
                provider '\(name)' asks this machine (\(endpoint.url.origin), by \(variable)) in place of the instance \
                metadata service: that is meant for development, and 'security.devMode: false' refuses it
                """
            )
        }
        return endpoint
    }
}
