import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeProviders
import JaneeSecrets

/// The secret and the provider that a `secret` command works on.
struct SecretTarget {
    let uri: SecretURI
    let provider: any SecretsProvider

    /// Resolves a reference as written, in the provider of `--provider` if that is given.
    init(_ text: String, provider name: String?, in installation: Installation) throws(CommandFailure) {
        do throws(SecretError) {
            var uri = try SecretURI(parsing: text)
            if let name {
                guard let name = ProviderName(name) else {
                    throw SecretError(.providerNotFound, "the name given with --provider is not a provider name")
                }
                guard uri.form == .bare || uri.provider == name else {
                    throw SecretError(.invalidSecretURI, "the reference names another provider than --provider")
                }
                uri = SecretURI(provider: name, reference: uri.reference)
            }
            self.uri = uri
            provider = try installation.runtime.secrets.provider(uri.provider)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The provider for writing; remote ones refuse, with the native command to use instead.
    static func writable(
        _ text: String,
        provider name: String?,
        action: RemoteHint.Action,
        in installation: Installation
    ) throws(CommandFailure) -> (uri: SecretURI, provider: any WritableSecretsProvider) {
        if let uri = try? SecretURI(parsing: text),
            let entry = installation.runtime.configuration.providers.first(where: {
                $0.name == name.flatMap { ProviderName($0) } ?? uri.provider
            }),
            entry.type != "filesystem"
        {
            throw CommandFailure(RemoteHint.text(for: entry, uri.reference, action), code: "READ_ONLY_PROVIDER")
        }
        let target = try SecretTarget(text, provider: name, in: installation)
        guard let provider = target.provider as? any WritableSecretsProvider else {
            throw CommandFailure("provider '\(target.provider.name)' is read-only", code: "READ_ONLY_PROVIDER")
        }
        return (target.uri, provider)
    }

    /// Provider and path for output; only for secrets that are known to be stored.
    static func json(_ provider: any SecretsProvider, _ reference: SecretReference) -> JSONObject {
        ["provider": .string(provider.name.spelling), "path": .string(reference.path)]
    }
}
