import JaneeSecrets

extension ProviderPipeline {
    /// Initialises the provider and says why it cannot.
    func startError(within patience: Duration, _ time: TimeSource) async -> SecretError? {
        let result: Result<Void, SecretError>?
        do throws(CancellationError) {
            result = try await withTimeLimit(patience, time) { [self] in
                do throws(SecretError) {
                    return .success(try await start())
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            return .cancelled
        }
        guard let result else {
            return SecretError(
                .providerUnavailable,
                "it did not start within \(patience)",
                provider: provider.name.spelling
            )
        }
        guard case .failure(let error) = result else { return nil }
        return error
    }
}
