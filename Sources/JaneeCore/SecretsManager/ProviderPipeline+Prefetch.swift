import JaneeSecrets

extension ProviderPipeline {
    /// Reads secrets into the cache with as few requests as the back end allows.
    ///
    /// It is one attempt, for what is not read now is read when it is needed.
    ///
    /// - Returns: What was read, and what cannot be; nil if nothing is kept, or the back end reads one at a time only.
    func prefetch(_ references: [SecretReference]) async -> [SecretReference: Result<SecretValue, SecretError>]? {
        guard limits.cache != nil, !references.isEmpty else { return nil }
        refreshIfAsked()
        let generation = generation
        let began = time.now
        let answer = try? await withTimeLimit(limits.operation, time) { [self] in
            await provider.getSecrets(references)
        }
        guard let found = answer ?? nil else { return nil }
        for (reference, result) in found {
            let flight = Flight(reference: reference, generation: generation)
            switch result {
            case .success(let value):
                metrics.request(.read, nil, time.now - began)
                note(value, of: flight)
            case .failure(let error):
                metrics.failure(.read, error, time.now - began)
                note(error, of: flight)
            }
        }
        return found
    }
}
