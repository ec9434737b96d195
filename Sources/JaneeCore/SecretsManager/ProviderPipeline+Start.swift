import JaneeSecrets

extension ProviderPipeline {
    /// Initialises the provider and says why it cannot.
    func startError(within patience: Duration, _ time: TimeSource) async -> SecretError? {
        do throws(SecretError) {
            let started: Void? = try await withTimeLimit(
                patience,
                time,
                throwing: { [self] () async throws(SecretError) in try await start() }
            )
            guard started == nil else { return nil }
            return SecretError(
                .providerUnavailable,
                "it did not start within \(patience)",
                provider: provider.name.spelling
            )
        } catch {
            return error
        }
    }
}
