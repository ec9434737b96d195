import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeProviders
import JaneeSecrets

/// The secret and the provider that a `secret` command works on.
struct SecretTarget {
    let uri: SecretURI
    let provider: any SecretsProvider
    /// Whether only a name was written.
    ///
    /// It may be a key in the wrong place, so it is not repeated unless it is stored.
    let isBare: Bool

    /// A secret whose name somebody other than the user has chosen.
    init(uri: SecretURI, provider: any SecretsProvider) {
        self.uri = uri
        self.provider = provider
        isBare = false
    }

    /// Resolves a reference as written, in the provider of `--provider` if that is given.
    init(_ text: String, provider name: String?, in installation: Installation) throws(CommandFailure) {
        do throws(SecretError) {
            let written = try SecretURI(parsing: text)
            isBare = written.form == .bare
            uri = try Self.resolve(written, provider: name)
            provider = try installation.runtime.secrets.provider(uri.provider)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func resolve(_ uri: SecretURI, provider name: String?) throws(SecretError) -> SecretURI {
        guard let name else { return uri }
        guard let name = ProviderName(name) else {
            throw SecretError(.providerNotFound, "the name given with --provider is not a provider name")
        }
        guard uri.form == .bare || uri.provider == name else {
            throw SecretError(.invalidSecretURI, "the reference names another provider than --provider")
        }
        return SecretURI(provider: name, reference: uri.reference, form: uri.form)
    }

    /// A secret and its provider for writing; remote providers refuse, with the command of their own tool.
    static func writable(
        _ text: String,
        provider name: String?,
        action: NativeAction,
        in installation: Installation
    ) throws(CommandFailure) -> (target: SecretTarget, store: any WritableSecretsProvider) {
        if let uri = try? SecretURI(parsing: text),
            let entry = installation.runtime.configuration.providers.first(where: {
                $0.name == name.flatMap { ProviderName($0) } ?? uri.provider
            }),
            entry.type != "filesystem"
        {
            throw entry.readOnly(action, path: uri.form == .bare ? "NAME" : uri.reference.path)
        }
        let target = try SecretTarget(text, provider: name, in: installation)
        guard let store = target.provider as? any WritableSecretsProvider else {
            throw CommandFailure("provider '\(target.provider.name)' is read-only", code: "READ_ONLY_PROVIDER")
        }
        return (target, store)
    }

    /// Provider and path for output; only of a secret that is known to be stored.
    var json: JSONObject {
        ["provider": .string(provider.name.spelling), "path": .string(uri.reference.path)]
    }

    /// The same in words.
    var text: String { "\(uri.reference.displayPath) in provider \(provider.name)" }

    /// An operation's failure, without a name that may not be shown.
    func failure(_ error: SecretError, isStored: Bool = false) -> CommandFailure {
        CommandFailure(isBare && !isStored ? error.withholdingPath() : error)
    }
}

extension ProviderEntry {
    /// What a command that writes answers for a remote provider: the command of its own tool.
    func readOnly(_ action: NativeAction, path: String) -> CommandFailure {
        let command = definition.nativeCommand(action, path: path, configuration: section)
        let advice = command.map { "use its own tool:\n  \($0)" } ?? "use the provider's own tools"
        return CommandFailure("provider '\(name)' is read-only here; \(advice)", code: "READ_ONLY_PROVIDER")
    }
}
