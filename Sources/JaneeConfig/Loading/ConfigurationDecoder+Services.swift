import JaneeSecrets

extension ConfigurationDecoder {
    mutating func decodeServices(_ node: ConfigNode?, _ providers: [ProviderEntry]) -> [String: Service] {
        var services: [String: Service] = [:]
        for entry in ConfigSection.entries(of: node) {
            let field = "services.\(entry.key)"
            guard let section = ConfigSection(entry.value, field: field),
                let service = decodeService(entry.key, section, providers)
            else { continue }
            services[entry.key] = service
        }
        return services
    }

    private mutating func decodeService(_ name: String, _ section: ConfigSection, _ providers: [ProviderEntry])
        -> Service?
    {
        // Every part is looked at, so that the problems of all of them are found at once.
        let auth = decodeAuth(name, section, providers)
        guard let baseURL = section.string("baseUrl").flatMap({ try? EndpointURL(parsing: $0) }) else { return nil }
        let network = decodeNetwork(section, baseURL)
        if !isBroken("\(section.field).network") { checkAddress(baseURL, network, section) }
        guard let auth else { return nil }
        return Service(
            name: name,
            baseURL: baseURL,
            auth: auth,
            testPath: section.string("testPath"),
            ownership: section.section("ownership").flatMap(Self.ownership),
            network: network,
            networkIsImplied: isLegacyHome && section.section("network") == nil,
            limits: Self.limits(section.section("limits")),
            allowHeaders: Set((section.strings("allowHeaders") ?? []).map { $0.lowercased() }),
            position: section.position
        )
    }

    /// What the service may reach; without a `network` block a home written by Janee 0.16 keeps what it had.
    private mutating func decodeNetwork(_ service: ConfigSection, _ url: EndpointURL) -> ServiceNetwork {
        guard let section = service.section("network") else {
            guard isLegacyHome else { return ServiceNetwork() }
            warnAboutNetwork(service, url)
            return ServiceNetwork(allow: LegacyHome.privateRanges, allowPlaintext: true)
        }
        return ServiceNetwork(
            allow: (section.strings("allow") ?? []).compactMap { CIDRBlock($0) },
            allowPlaintext: section.boolean("allowPlaintext") ?? false
        )
    }

    private mutating func warnAboutNetwork(_ service: ConfigSection, _ url: EndpointURL) {
        guard let needed = ServiceNetwork.needed(for: url) else { return }
        warn(
            at: service.position(of: "baseUrl"),
            "\(service.field).baseUrl",
            "is reached because Janee 0.16 wrote this home; to keep it add network: \(needed.text)"
        )
    }

    /// Refuses addresses that the guard would refuse at every call, where the file can be mended.
    private mutating func checkAddress(_ url: EndpointURL, _ network: ServiceNetwork, _ section: ConfigSection) {
        let position = section.position(of: "baseUrl")
        let field = "\(section.field).baseUrl"
        if url.scheme == .http, !url.isLiteralLoopback, !network.allowPlaintext {
            fail(
                at: position,
                field,
                "must be https; to send the credential in clear add 'network: { allowPlaintext: true }' to the service"
            )
        }
        let policy = AddressPolicy(allowedPrivate: network.allow, loopback: url.isLiteralLoopback)
        if let address = url.ipAddress, let refusal = policy.check(address) {
            fail(at: position, field, refusal.message)
        }
    }

    private static func ownership(_ section: ConfigSection) -> Ownership? {
        guard let policy = section.string("accessPolicy").flatMap(Ownership.Policy.init) else { return nil }
        return Ownership(
            policy: policy,
            createdBy: section.string("createdBy"),
            sharedWith: section.strings("sharedWith") ?? []
        )
    }

    private static func limits(_ section: ConfigSection?) -> ServiceLimits {
        var limits = ServiceLimits()
        guard let section else { return limits }
        if let value = section.integer("connectTimeoutMs") { limits.connect = .milliseconds(value) }
        if let value = section.integer("idleTimeoutMs") { limits.idle = .milliseconds(value) }
        if let value = section.integer("timeoutMs") { limits.total = .milliseconds(value) }
        if let value = section.integer("maxRequestBytes") { limits.maximumRequestBytes = value }
        if let value = section.integer("maxResponseBytes") { limits.maximumResponseBytes = value }
        return limits
    }
}
