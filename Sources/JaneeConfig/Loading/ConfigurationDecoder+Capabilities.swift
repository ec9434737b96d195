import JaneeSecrets

extension ConfigurationDecoder {
    mutating func decodeCapabilities(_ node: ConfigNode?, services: ConfigNode?) -> [String: Capability] {
        let known = ConfigSection.entries(of: services).map(\.key)
        var capabilities: [String: Capability] = [:]
        for entry in ConfigSection.entries(of: node) {
            let field = "capabilities.\(entry.key)"
            guard let section = ConfigSection(entry.value, field: field), let service = section.string("service")
            else { continue }
            guard known.contains(service) else {
                let hint =
                    NearestName.of(service, among: known).map { "did you mean '\($0)'?" } ?? "add it under 'services'"
                fail(at: section.position(of: "service"), "\(field).service", "names no configured service; \(hint)")
                continue
            }
            guard !isBroken(field) else { continue }
            let rules = section.section("rules")
            let capability = Capability(
                name: entry.key,
                service: service,
                timeToLive: section.string("ttl").flatMap { TimeToLive($0) } ?? .oneHour,
                autoApprove: section.boolean("autoApprove"),
                requiresReason: section.boolean("requiresReason") ?? false,
                allow: rules?.strings("allow"),
                deny: rules?.strings("deny"),
                allowedAgents: section.strings("allowedAgents") ?? [],
                access: section.string("access").flatMap(AccessMode.init),
                mode: section.string("mode").flatMap(Capability.Mode.init) ?? .proxy,
                allowCommands: section.strings("allowCommands") ?? [],
                environmentNames: ConfigSection.entries(of: section.node("env")).map(\.key),
                workingDirectory: section.string("workDir"),
                timeout: section.integer("timeout").map { .milliseconds($0) },
                position: entry.keyPosition
            )
            warnAboutRules(capability, rules, section)
            capabilities[entry.key] = capability
        }
        return capabilities
    }

    private mutating func warnAboutRules(_ capability: Capability, _ rules: ConfigSection?, _ section: ConfigSection) {
        guard let rules else { return }
        if let deny = capability.deny, !deny.isEmpty, capability.allow == nil {
            warn(
                at: rules.position(of: "deny"),
                "\(rules.field).deny",
                "everything that is not denied is allowed; add 'allow' patterns to allow only what is needed"
            )
        }
        for pattern in capability.deny ?? [] where pattern.hasSuffix("/*") {
            let exact = String(pattern.dropLast(2))
            if !(capability.deny ?? []).contains(where: { $0 == exact || $0 == exact + "*" }), !exact.hasSuffix(" ") {
                warn(
                    at: rules.position(of: "deny"),
                    "\(rules.field).deny",
                    "'\(pattern)' does not cover '\(exact)' itself; add that pattern too if it is meant"
                )
            }
        }
    }
}
