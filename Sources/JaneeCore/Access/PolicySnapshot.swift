package import HTTPTypes
package import JaneeAuth
package import JaneeConfig

/// Everything a decision depends on, compiled from one configuration and replaced as a whole.
package struct PolicySnapshot: Sendable {
    /// A capability with what it needs.
    package struct Entry: Sendable {
        package let capability: Capability
        package let service: Service
        package let rules: RuleSet
        /// nil if this version has no implementation of the service's auth type.
        package let auth: (any AuthMethod)?

        /// The `auth` block as its type reads it.
        package var authConfiguration: AuthConfiguration {
            AuthConfiguration(section: service.auth.section, secrets: Set(service.auth.secrets.keys))
        }

        /// The headers that the auth type sets.
        package var ownedHeaders: [HTTPField.Name] {
            auth?.ownedHeaders(authConfiguration) ?? []
        }
    }

    package let entries: [String: Entry]
    package let server: ServerSettings

    /// Compiles a checked configuration.
    package init(_ configuration: Configuration, authMethods: [any AuthMethod]) throws(ConfigRuleError) {
        var entries: [String: Entry] = [:]
        for capability in configuration.capabilities.values {
            guard let service = configuration.services[capability.service] else { continue }
            entries[capability.name] = Entry(
                capability: capability,
                service: service,
                rules: try RuleSet(capability),
                auth: authMethods.first { $0.type == service.auth.type }
            )
        }
        self.entries = entries
        server = configuration.server
    }
}
