import JaneeSecrets
import JaneeTestSupport
import Synchronization

/// A provider that answers as the test says, and remembers what it was asked.
final class ScriptedProvider: SecretsProvider {
    let name: ProviderName
    let type = "scripted"
    private let answer: @Sendable (SecretReference) async throws(SecretError) -> SecretValue?
    private let exists: @Sendable (SecretReference) throws(SecretError) -> Bool?
    /// Why it does not start; nil once it does.
    let start: Locked<SecretError?>
    private let health: ProviderHealth
    private let log = Mutex<[String]>([])

    init(
        _ name: ProviderName = .local,
        start: SecretError? = nil,
        health: ProviderHealth = .healthy,
        answer: @escaping @Sendable (SecretReference) async throws(SecretError) -> SecretValue? = { _ in nil },
        exists: @escaping @Sendable (SecretReference) throws(SecretError) -> Bool? = { _ in nil }
    ) {
        self.name = name
        self.start = Locked(start)
        self.health = health
        self.exists = exists
        self.answer = answer
    }

    /// A provider in which every secret has this value.
    convenience init(_ name: ProviderName = .local, value: String) {
        self.init(name, answer: { _ in SecretValue(value) })
    }

    /// What was asked for, in order.
    var calls: [String] { log.withLock { $0 } }

    func initialize() async throws(SecretError) {
        log.withLock { $0.append("initialize") }
        if let start = start.withLock({ $0 }) { throw start }
    }

    func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        log.withLock { $0.append("get \(reference.path)") }
        return try await answer(reference)
    }

    func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        log.withLock { $0.append("probe \(reference.path)") }
        return try exists(reference)
    }

    func healthCheck() async -> ProviderHealth { health }

    func dispose() async {
        log.withLock { $0.append("dispose") }
    }
}

extension SecretValue {
    /// The value as text, for comparing.
    var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
