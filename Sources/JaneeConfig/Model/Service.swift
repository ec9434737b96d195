package import JaneeSecrets

/// An upstream API: `services.<name>`.
package struct Service: Sendable {
    package let name: String
    package let baseURL: EndpointURL
    package let auth: ServiceAuth
    /// A path that tells whether the credential works.
    package let testPath: String?
    package let ownership: Ownership?
    package let network: ServiceNetwork
    package let limits: ServiceLimits
    /// Lower-case names of request headers that agents may send besides the usual ones.
    package let allowHeaders: Set<String>
    package let position: ConfigPosition
}

/// `services.<name>.auth`.
package struct ServiceAuth: Sendable {
    package let type: String
    package let section: ConfigSection
    /// The secret references by field name.
    package let secrets: [String: SecretURI]
    /// Where each reference stands, for messages.
    package let positions: [String: ConfigPosition]
}

/// `services.<name>.network`: what the address guard lets this service reach beyond the public internet.
package struct ServiceNetwork: Sendable {
    /// Private ranges.
    package var allow: [CIDRBlock] = []
    /// Whether plain http is accepted beyond loopback.
    package var allowPlaintext = false
}

/// `services.<name>.limits`: bounds of one call.
package struct ServiceLimits: Sendable {
    package static let megabyte = 1024 * 1024

    package var connect = Duration.seconds(10)
    package var idle = Duration.seconds(60)
    package var total = Duration.seconds(120)
    package var maximumRequestBytes = 10 * megabyte
    package var maximumResponseBytes = 10 * megabyte
}

/// `services.<name>.ownership`: who created a service and who may use it.
package struct Ownership: Sendable {
    package enum Policy: String, Sendable, CaseIterable {
        case agentOnly = "agent-only"
        case allAgents = "all-agents"
        case shared
    }

    package let policy: Policy
    package let createdBy: String?
    package let sharedWith: [String]
}
