package import JaneeSecrets

/// A checked configuration: everything in it is known, typed and consistent.
package struct Configuration: Sendable {
    /// The file it came from.
    package let path: String
    /// The declared providers, in file order.
    package let providers: [ProviderEntry]
    /// The services by name.
    package let services: [String: Service]
    /// The capabilities by name.
    package let capabilities: [String: Capability]
    package let server: ServerSettings
    package let security: SecuritySettings
    /// The secrets of a home written by Janee 0.16, if it is one.
    package let legacy: LegacyCredentials?
    /// What an operator should look at although the file can be used, in file order.
    package let warnings: [ConfigProblem]

    /// Whether a `providers` block declares any provider.
    package var declaresProviders: Bool { !providers.isEmpty }

    /// The declared provider that serves bare paths, or nil for the implicit one in the home directory.
    package var defaultProvider: ProviderEntry? { DefaultProvider.choose(among: providers) }
}

extension Configuration {
    /// Whether the providers are declared in the same way, and Janee 0.16 has stored the same secrets inline.
    package func hasSameProviders(as other: Configuration) -> Bool {
        guard providers.count == other.providers.count else { return false }
        let areSame = zip(providers, other.providers)
            .allSatisfy { mine, others in
                mine.name.spelling == others.name.spelling && mine.type == others.type
                    && mine.section.says(others.section)
            }
        let inline = [legacy, other.legacy].map { $0.map { $0.isInline ? $0.blobs : [:] } }
        return areSame && inline[0] == inline[1]
    }

    /// Whether `security` says the same.
    package func hasSameSecurity(as other: Configuration) -> Bool {
        security.auditSync == other.security.auditSync && security.masterKey == other.security.masterKey
            && security.devMode == other.security.devMode
    }
}

/// One entry of `providers`.
package struct ProviderEntry: Sendable {
    package let name: ProviderName
    package let definition: any ProviderDefinition
    package let section: ConfigSection

    package var type: String { definition.type }
}

/// Which declared provider bare paths and undeclared reserved names mean.
package enum DefaultProvider {
    /// The declared `local`, else `filesystem`, else a filesystem provider named `default`; nil means the implicit one.
    package static func choose(among providers: [ProviderEntry]) -> ProviderEntry? {
        for name in ["local", "filesystem", "default"] {
            if let found = providers.first(where: { $0.name.folded == name && $0.type == "filesystem" }) {
                return found
            }
        }
        return nil
    }
}

/// `server`: how the server behaves.
package struct ServerSettings: Sendable {
    /// What a capability without `allowedAgents` and `access` is.
    package var defaultAccess: AccessMode = .open
    /// Whether capabilities without `autoApprove` need a person's consent.
    package var defaultApproval: ApprovalMode = .automatic
    /// Whether request bodies are written to the audit log.
    package var logBodies = false
    /// Whether agents may have the configuration read anew.
    package var allowAgentReload = false
}

/// `security`: how secrets and records are kept.
package struct SecuritySettings: Sendable {
    /// Where the key of the local store comes from, if it is configured here.
    package var masterKey: MasterKeySetting?
    /// Whether each audit record is flushed to the disk before the call goes on.
    package var auditSync = false
    /// Whether providers may be on this machine, as in development.
    package var devMode = true
}

/// `security.masterKey`.
package enum MasterKeySetting: Sendable, Hashable {
    /// `${NAME}` or `${file:/path}`.
    case template(SubstitutionTemplate)
    /// A secret of another provider.
    case secret(SecretURI)

    /// The reference, if it is one.
    package var uri: SecretURI? {
        if case .secret(let uri) = self { uri } else { nil }
    }
}

/// Whether anybody may use a capability that names no agents.
package enum AccessMode: String, Sendable, CaseIterable {
    case open
    case restricted
}

/// Whether calls run without a person's consent.
package enum ApprovalMode: String, Sendable, CaseIterable {
    case automatic = "auto"
    case ask
}
