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
        let used = uses.map(\.uri.provider)
        return used + (used.contains(where: isLocalStore) ? keyProviders : [])
            + providers.filter { $0.section.boolean("eager") == true }.map(\.name)
    }

    /// The provider that has the key of the local store, if it is a remote one.
    private var keyProviders: [ProviderName] {
        [security.masterKey?.uri?.provider].compactMap { $0 }
    }

    /// Whether a provider keeps its secrets in encrypted files: one that is not declared is the implicit one.
    private func isLocalStore(_ name: ProviderName) -> Bool {
        providers.first { $0.name == name }.map { $0.type == "filesystem" } ?? true
    }
}
