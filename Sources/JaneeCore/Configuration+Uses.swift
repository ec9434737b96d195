package import JaneeConfig
package import JaneeSecrets

extension Configuration {
    /// The secrets that services need, sorted by the service's name.
    package var uses: [ReferenceUse] {
        services.values.sorted { $0.name < $1.name }
            .flatMap { service in
                service.auth.secrets.sorted { $0.key < $1.key }
                    .map { ReferenceUse(service: service.name, uri: $0.value) }
            }
    }

    /// The providers that services use or that are to start anyway; the same one may be there more than once.
    package var neededProviders: [ProviderName] {
        uses.map(\.uri.provider) + (security.masterKey?.uri.map { [$0.provider] } ?? [])
            + providers.filter { $0.section.boolean("eager") == true }.map(\.name)
    }
}
