import JaneeConfig
import JaneeCore
import JaneeSecrets

/// The credentials of a service to be added: what is stored where, and what stands in `auth`.
struct ServicePlan {
    private struct Credential {
        let path: String
        let value: SecretValue
    }

    let name: String
    private var fields: [YAMLValue.Entry]
    private var credentials: [Credential] = []

    init(name: String, type: String) {
        self.name = name
        fields = [YAMLValue.Entry("type", .text(type))]
    }

    /// The `auth` block.
    var auth: YAMLValue { .map(fields) }

    /// The names of the secrets that are stored.
    var storedNames: [String] { credentials.map(\.path) }

    /// Adds plain text.
    mutating func add(_ field: String, text: String) {
        fields.append(YAMLValue.Entry(field, .text(text)))
    }

    /// Adds a credential, which is read now and stored later; with `map` as an entry of that field.
    mutating func add(_ field: String, _ source: CredentialSource, in map: String? = nil) throws(CommandFailure) {
        let reference: String
        switch source {
        case .reference(let text): reference = text
        case .value(let source):
            let value = try source.read()
            guard !value.isEmpty else { throw CommandFailure("The value of '\(field)' is empty.") }
            reference = "\(PercentEncoding.encodeSegment(name))/\(PercentEncoding.encodeSegment(field))"
            credentials.append(Credential(path: reference, value: value))
        }
        let entry = YAMLValue.Entry(field, .text(reference))
        guard let map else { return fields.append(entry) }
        if let index = fields.firstIndex(where: { $0.key == map }), case .map(let entries) = fields[index].value {
            fields[index] = YAMLValue.Entry(map, .map(entries + [entry]))
        } else {
            fields.append(YAMLValue.Entry(map, .map([entry])))
        }
    }

    /// Stores the credentials and changes the configuration; if the latter fails, what was stored is removed again.
    ///
    /// - Returns: What `change` returns.
    func carryOut(
        in installation: Installation,
        _ change: (inout YAMLEditor, Configuration) throws -> Bool
    ) async throws -> Bool {
        // Whatever is wrong with the change is found before anything is stored.
        try ConfigurationChange.make(isRehearsal: true) { editor, configuration in
            _ = try change(&editor, configuration)
        }
        var stored: [(SecretTarget, any WritableSecretsProvider)] = []
        var result = false
        do {
            for credential in credentials {
                let (target, store) = try SecretTarget.writable(
                    "local://\(credential.path)",
                    provider: nil,
                    action: .set,
                    in: installation
                )
                try await create(credential, target, store, installation)
                stored.append((target, store))
            }
            try ConfigurationChange.make { editor, configuration in result = try change(&editor, configuration) }
        } catch {
            for (target, store) in stored {
                let audit = SecretAudit(event: "secret_delete", target: target)
                _ = try? await audit.record(in: installation) { () throws(SecretError) in
                    try await store.deleteSecret(target.uri.reference)
                }
            }
            throw error
        }
        return result
    }

    /// Stores a credential where none is.
    ///
    /// Whether one is there is not asked before: of two additions of one service at once, the one that loses must leave
    /// alone what the other one stored.
    private func create(
        _ credential: Credential,
        _ target: SecretTarget,
        _ store: any WritableSecretsProvider,
        _ installation: Installation
    ) async throws(CommandFailure) {
        let audit = SecretAudit(event: "secret_set", target: target)
        var isTaken = false
        do throws(CommandFailure) {
            try await audit.record(in: installation) { () throws(SecretError) in
                guard try await !store.createSecret(target.uri.reference, value: credential.value) else { return }
                isTaken = true
                throw SecretError(.providerInternalError, "it is stored already", provider: store.name.spelling)
            }
        } catch {
            guard isTaken else { throw error }
            throw CommandFailure(
                "A secret \(credential.path) is stored already. Use it with --key-ref \(credential.path), or "
                    + "remove it with: janee secret delete \(credential.path)",
                code: "EXISTS"
            )
        }
    }
}
