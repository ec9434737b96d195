import JaneeConfig
import JaneeCore
import JaneeSecrets

/// The providers that a `provider` command works on.
struct ProviderSelection {
    let name: ProviderName
    let type: String

    /// All that are declared, and the implicit one that serves bare paths if none of them does.
    static func all(in installation: Installation) -> [ProviderSelection] {
        let configuration = installation.runtime.configuration
        var all = configuration.providers.map { ProviderSelection(name: $0.name, type: $0.type) }
        if configuration.defaultProvider == nil {
            all.insert(ProviderSelection(name: .local, type: "filesystem"), at: 0)
        }
        return all
    }

    /// The one of a name, or all.
    ///
    /// - Throws: `PROVIDER_NOT_FOUND`, or why the provider cannot be used.
    static func named(_ text: String?, in installation: Installation) throws(CommandFailure) -> [ProviderSelection] {
        guard let text else { return all(in: installation) }
        guard let name = ProviderName(text) else {
            throw CommandFailure("the name is not a provider name", code: SecretError.Code.providerNotFound.rawValue)
        }
        do throws(SecretError) {
            let provider = try installation.runtime.secrets.provider(name)
            return [ProviderSelection(name: provider.name, type: provider.type)]
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension Installation {
    /// The secrets that services need from a provider.
    func uses(of provider: ProviderSelection) -> [ReferenceUse] {
        runtime.configuration.uses.filter { use in
            (try? runtime.secrets.provider(use.uri.provider))?.name ?? use.uri.provider == provider.name
        }
    }
}
