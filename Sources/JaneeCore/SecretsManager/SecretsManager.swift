package import JaneeSecrets
import Synchronization

/// The one place from which a secret is read (RFC 0005, `SecretsManager`).
///
/// A reference goes to the provider it names and to no other: there is no fallback. What every provider shares (record,
/// cache, single flight, breaker, retry, timeout) belongs into ``read(_:from:)``, around the provider.
package final class SecretsManager: SecretsManaging {
    private enum Registration: Sendable {
        case provider(any SecretsProvider)
        /// Declared but not usable; every use fails with the reason.
        case refused(SecretError)
    }

    private let registrations = Mutex<[ProviderName: Registration]>([:])
    /// The providers that have been initialised; nothing is read from any other.
    private let ready = Mutex<Set<ProviderName>>([])
    /// The provider that serves bare paths and undeclared reserved names.
    private let defaultProvider: ProviderName

    package init(defaultProvider: ProviderName) {
        self.defaultProvider = defaultProvider
    }

    package func registerProvider(_ provider: any SecretsProvider) throws(SecretError) {
        try register(.provider(provider), as: provider.name)
    }

    /// Records that a declared provider cannot be used, and why.
    package func registerRefusal(_ error: SecretError, as name: ProviderName) throws(SecretError) {
        try register(.refused(error), as: name)
    }

    private func register(_ registration: Registration, as name: ProviderName) throws(SecretError) {
        let isNew = registrations.withLock { registrations in
            guard registrations[name] == nil else { return false }
            registrations[name] = registration
            return true
        }
        guard isNew else {
            throw SecretError(
                .providerConfigInvalid,
                "a provider of this name is registered already",
                provider: name.spelling
            )
        }
    }

    /// The provider that serves `name`.
    ///
    /// - Throws: `PROVIDER_NOT_FOUND`, or why the provider cannot be used.
    package func provider(_ name: ProviderName) throws(SecretError) -> any SecretsProvider {
        let (found, names) = registrations.withLock { registrations in
            let found = registrations[name] ?? (name.isReserved ? registrations[defaultProvider] : nil)
            return (found, registrations.keys.map(\.spelling))
        }
        switch found {
        case .provider(let provider): return provider
        case .refused(let error): throw error.named(provider: name.spelling)
        case nil:
            let hint = NearestName.of(name.spelling, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw SecretError(.providerNotFound, "no provider is named '\(name)'\(hint)")
        }
    }

    package func getSecret(_ uri: SecretURI) async throws(SecretError) -> SecretValue {
        do throws(SecretError) {
            let provider = try provider(uri.provider)
            guard let value = try await read(uri.reference, from: provider) else {
                throw notFound(uri, provider)
            }
            return value
        } catch {
            throw uri.form == .bare ? Self.withholding(uri.reference, from: error) : error
        }
    }

    /// The error without the reference.
    ///
    /// A bare one may be a key pasted by mistake, so nothing repeats it, not even a provider that puts it into its
    /// words. Short ones are no keys and occur in ordinary words.
    private static func withholding(_ reference: SecretReference, from error: SecretError) -> SecretError {
        let names = [reference.path, reference.displayPath].filter { $0.utf8.count >= 8 }
        guard names.contains(where: { error.detail.contains($0) }) else { return error.withholdingPath() }
        return SecretError(
            error.code,
            "the provider failed; its words are withheld, because they name the reference",
            provider: error.provider,
            retryAfter: error.retryAfter
        )
    }

    private func read(
        _ reference: SecretReference,
        from provider: any SecretsProvider
    ) async throws(SecretError) -> SecretValue? {
        do throws(SecretError) {
            if !ready.withLock({ $0.contains(provider.name) }) { try await initialize(provider) }
            return try await provider.getSecret(reference)
        } catch {
            throw error.named(provider: provider.name.spelling)
        }
    }

    private func notFound(_ uri: SecretURI, _ provider: any SecretsProvider) -> SecretError {
        let advice =
            uri.form == .bare ? "; store it with 'janee secret set', and put no key itself into the configuration" : ""
        return SecretError(
            .secretNotFound,
            "no such secret is stored\(advice)",
            provider: provider.name.spelling,
            path: uri.reference.displayPath
        )
    }

    /// A provider that could not be started.
    package struct StartFailure: Sendable {
        /// The failure, with the provider's name.
        package let error: SecretError
        /// Whether somebody must change something before it can ever work.
        ///
        /// Then nothing is to be served (RFC 0005, "Fail fast"). A provider that is down, or whose type this version
        /// cannot use, fails its own services only.
        package let isFatal: Bool
    }

    /// Initialises the providers that `uris` use.
    package func start(_ uris: some Sequence<SecretURI>) async -> [StartFailure] {
        let fatal: [SecretError.Code] = [
            .providerNotFound, .providerConfigInvalid, .invalidSecretURI, .providerAuthFailed,
        ]
        var failures: [StartFailure] = []
        var seen: Set<ProviderName> = []
        for uri in uris where seen.insert(uri.provider).inserted {
            do throws(SecretError) {
                let provider = try provider(uri.provider)
                do throws(SecretError) {
                    try await initialize(provider)
                } catch {
                    let error = error.named(provider: provider.name.spelling)
                    failures.append(StartFailure(error: error, isFatal: fatal.contains(error.code)))
                }
            } catch {
                failures.append(StartFailure(error: error, isFatal: error.code == .providerNotFound))
            }
        }
        return failures
    }

    private func initialize(_ provider: any SecretsProvider) async throws(SecretError) {
        try await provider.initialize()
        ready.withLock { _ = $0.insert(provider.name) }
    }

    package func dispose() async {
        let providers = registrations.withLock { Array($0.values) }
        for case .provider(let provider) in providers { await provider.dispose() }
    }
}
