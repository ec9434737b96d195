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
    /// Whether ``network`` is not written in the file but what Janee 0.16 allowed.
    package let networkIsImplied: Bool
    package let limits: ServiceLimits
    /// Lower-case names of request headers that agents may send besides the usual ones.
    package let allowHeaders: Set<String>
    package let position: ConfigPosition
}

/// `services.<name>.auth`.
package struct ServiceAuth: Sendable {
    package let type: String
    package let section: ConfigSection
    /// The secret references by field name, and by `field.key` for the entries of a map.
    package private(set) var secrets: [String: SecretURI] = [:]
    /// Where each reference stands, for messages.
    package private(set) var positions: [String: ConfigPosition] = [:]

    init(type: String, section: ConfigSection) {
        self.type = type
        self.section = section
    }

    mutating func add(_ uri: SecretURI, as name: String, at position: ConfigPosition) {
        secrets[name] = uri
        positions[name] = position
    }
}

/// `services.<name>.network`: what the address guard lets this service reach beyond the public internet.
package struct ServiceNetwork: Sendable {
    /// Private ranges.
    package var allow: [CIDRBlock] = []
    /// Whether plain http is accepted beyond loopback.
    package var allowPlaintext = false

    /// What an address needs beyond the public internet and loopback, as far as the address itself tells; nil for
    /// nothing.
    package static func needed(for url: EndpointURL) -> ServiceNetwork? {
        guard !url.isLiteralLoopback else { return nil }
        var network = ServiceNetwork(allowPlaintext: url.scheme == .http)
        if let address = url.ipAddress, AddressClass(of: address) == .privateUse {
            network.allow = [CIDRBlock(address.description)].compactMap(\.self)
        }
        return network.allow.isEmpty && !network.allowPlaintext ? nil : network
    }

    /// The block as YAML on one line.
    package var text: String {
        let ranges = allow.map { $0.network.isIPv4 ? $0.description : "'\($0)'" }.joined(separator: ", ")
        let fields = (allow.isEmpty ? [] : ["allow: [\(ranges)]"]) + (allowPlaintext ? ["allowPlaintext: true"] : [])
        return "{ \(fields.joined(separator: ", ")) }"
    }
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
