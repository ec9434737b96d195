import JaneeSecrets

/// What can be asked of a provider, as a value, so that tests can go through all of it.
enum Operation: CaseIterable, Sendable {
    case initialize
    case read
    case probe
    case store
    case delete
    case list

    /// The operations on one secret.
    static let onSecrets: [Operation] = [.read, .probe, .store, .delete]
}

extension WritableSecretsProvider {
    /// The error that an operation throws; nil if it succeeds.
    func failure(of operation: Operation, _ path: String = "a") async throws -> SecretError? {
        try await failure(of: operation, SecretReference(path: path))
    }

    /// The error that an operation throws; nil if it succeeds.
    func failure(of operation: Operation, _ reference: SecretReference) async -> SecretError? {
        do throws(SecretError) {
            switch operation {
            case .initialize: try await initialize()
            case .read: _ = try await getSecret(reference)
            case .probe: _ = try await probe(reference)
            case .store: try await setSecret(reference, value: SecretValue("value"))
            case .delete: _ = try await deleteSecret(reference)
            case .list: _ = try await listSecrets()
            }
            return nil
        } catch {
            return error
        }
    }
}
