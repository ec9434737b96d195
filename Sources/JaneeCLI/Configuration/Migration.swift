import JaneeConfig
import JaneeCore
import JaneeSecrets

/// Moves the secrets that Janee 0.16 has stored for services into a provider.
///
/// Every step can be repeated: what was copied is compared instead of being copied again, so a migration that was
/// interrupted goes on where it ended. A service is changed to read from the provider only after all of its secrets were
/// read back there, and the old values are removed last.
struct Migration {
    /// How far one secret is.
    enum State: String {
        /// It is not in the provider yet.
        case missing
        /// The provider has it.
        case copied
        /// The provider has another value there.
        case different
    }

    /// One secret.
    struct Item {
        let service: String
        /// Its field in `auth`, such as `key` or `headers.X-Api-Key`.
        let field: String
        let source: SecretURI
        let target: SecretURI
        var state: State

        /// Where the reference is written.
        var configurationPath: [String] {
            guard let dot = field.firstIndex(of: ".") else { return ["services", service, "auth", field] }
            return ["services", service, "auth", String(field[..<dot]), String(field[field.index(after: dot)...])]
        }
    }

    let provider: any SecretsProvider
    private let secrets: SecretsManager
    private(set) var items: [Item]

    /// Finds what is to be moved and how far it is; nothing is changed.
    init(to provider: any SecretsProvider, services: [String], in installation: Installation)
        async throws(CommandFailure)
    {
        self.provider = provider
        secrets = installation.runtime.secrets
        items = []
        let configuration = installation.runtime.configuration
        for name in services where configuration.services[name] == nil {
            throw .notFound("Service", name, among: configuration.services.keys)
        }
        for service in configuration.services.values.sorted(by: { $0.name < $1.name })
        where services.isEmpty || services.contains(service.name) {
            for (field, source) in service.auth.secrets.sorted(by: { $0.key < $1.key })
            where source.provider == .legacy {
                let target = SecretURI(provider: provider.name, reference: source.reference)
                let item = Item(service: service.name, field: field, source: source, target: target, state: .missing)
                items.append(item)
                try await examine(items.count - 1)
            }
        }
    }

    /// Compares source and target.
    private mutating func examine(_ index: Int) async throws(CommandFailure) {
        let source: SecretValue
        do throws(SecretError) {
            source = try await secrets.getSecret(items[index].source)
        } catch {
            throw CommandFailure(error)
        }
        do throws(SecretError) {
            let copy = try await secrets.getSecret(items[index].target)
            items[index].state = copy == source ? .copied : .different
        } catch {
            guard error.code == .secretNotFound else { throw CommandFailure(error) }
            items[index].state = .missing
        }
    }

    /// Copies what is missing, where the provider can be written, and reads it back.
    mutating func copy(in installation: Installation) async throws(CommandFailure) {
        guard let store = provider as? any WritableSecretsProvider else { return }
        for index in items.indices where items[index].state == .missing {
            let item = items[index]
            let target = SecretTarget(uri: item.target, provider: provider)
            try await SecretAudit(event: "secret_migrated", target: target)
                .record(in: installation) { () async throws(SecretError) in
                    let value = try await secrets.getSecret(item.source)
                    // Another migration may have been faster; the comparison below tells.
                    _ = try await store.createSecret(item.target.reference, value: value)
                }
            try await examine(index)
            guard items[index].state == .copied else {
                throw CommandFailure(
                    "the copy of '\(item.service)' (\(item.field)) cannot be read back; nothing else was changed"
                )
            }
        }
    }

    /// The services all of whose secrets are in the provider.
    var completeServices: [String] {
        let incomplete = Set(items.filter { $0.state != .copied }.map(\.service))
        return items.map(\.service).uniqued().filter { !incomplete.contains($0) }
    }

    /// The values of credentials.json whose services read an equal one elsewhere.
    ///
    /// Whatever else is there is not among them: secrets of auth types that are not usable yet, and of references that
    /// cannot be read or give another value.
    static func copied(services: [String], in installation: Installation) async -> [SecretReference] {
        let configuration = installation.runtime.configuration
        let secrets = installation.runtime.secrets
        guard let legacy = configuration.legacy, !legacy.isInline else { return [] }
        var copied: [SecretReference] = []
        for value in legacy.references() where services.isEmpty || services.contains(value.service) {
            let source = SecretURI(provider: .legacy, reference: value.reference)
            guard let target = configuration.services[value.service]?.auth.secrets[value.name],
                target.provider != .legacy,
                let original = try? await secrets.getSecret(source),
                let copy = try? await secrets.getSecret(target), copy == original
            else { continue }
            copied.append(value.reference)
        }
        return copied
    }
}
