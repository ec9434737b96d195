import JaneeSecrets

extension ProviderConformanceTests {
    /// A test with a provider of its own, which is initialised before and disposed after it.
    func check(_ name: String, _ body: @escaping @Sendable (any SecretsProvider) async throws(Failure) -> Void) -> Check
    {
        Check(name: name) {
            await outcome(makeInitialized) { provider throws(Failure) in
                try await body(provider)
                return .passed
            }
        }
    }

    /// Makes a provider, works with it and disposes it, whatever happens.
    func outcome(
        _ make: () async throws(Failure) -> any SecretsProvider,
        _ body: (any SecretsProvider) async throws(Failure) -> Outcome
    ) async -> Outcome {
        do throws(Failure) {
            let provider = try await make()
            let outcome: Outcome
            do throws(Failure) {
                outcome = try await body(provider)
            } catch {
                outcome = .failed(error.message)
            }
            await provider.dispose()
            return outcome
        } catch {
            return .failed(error.message)
        }
    }

    func makeInitialized() async throws(Failure) -> any SecretsProvider {
        let provider = try await make(makeProvider)
        do throws(SecretError) {
            try await provider.initialize()
        } catch {
            throw Failure("initialize() of a working provider threw \(error.code.rawValue)")
        }
        return provider
    }

    func make(_ factory: Factory) async throws(Failure) -> any SecretsProvider {
        do {
            return try await factory()
        } catch {
            throw Failure("the factory threw\((error as? SecretError).map { " \($0.code.rawValue)" } ?? "")")
        }
    }

    /// Reads a secret that is there.
    func read(_ secret: Existing, from provider: any SecretsProvider) async throws(Failure) -> SecretValue {
        let value: SecretValue?
        do throws(SecretError) {
            value = try await provider.getSecret(secret.reference)
        } catch {
            throw Failure("reading \(secret.reference.displayPath) threw \(error.code.rawValue)")
        }
        guard let value else {
            throw Failure("the secret at \(secret.reference.displayPath) exists, but the read gave nil")
        }
        if let expected = secret.value { try Self.compare(value, with: expected) }
        return value
    }

    /// The secrets that exist, each with its value: the given one, or what a read gives.
    func baseline(_ provider: any SecretsProvider) async throws(Failure) -> [(
        reference: SecretReference, value: SecretValue
    )] {
        var known: [(reference: SecretReference, value: SecretValue)] = []
        for secret in existing {
            known.append((secret.reference, try await read(secret, from: provider)))
        }
        return known
    }

    static func compare(_ value: SecretValue, with expected: SecretValue) throws(Failure) {
        guard value.count == expected.count else {
            throw Failure("the value read has \(value.count) bytes, the stored one \(expected.count)")
        }
        guard value == expected else {
            throw Failure("the value read has the right length (\(value.count) bytes) but other bytes")
        }
    }
}
