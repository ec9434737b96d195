import JaneeConfig

/// The question whether `agent` may use `capability`, and if a request is given, for that request.
package struct AccessQuery: Sendable {
    package let capability: String
    package let agent: AgentIdentity
    package let reason: String?
    /// The request, or why it is one that is never sent; nil to ask about the capability alone.
    package let request: Result<CanonicalRequest, RequestRefusal>?

    package init(
        capability: String,
        agent: AgentIdentity,
        reason: String?,
        request: Result<CanonicalRequest, RequestRefusal>?
    ) {
        self.capability = capability
        self.agent = agent
        self.reason = reason
        self.request = request
    }
}

extension PolicySnapshot {
    /// The one place where access is decided, for every entrance.
    ///
    /// All checks are made and traced; the denial is that of the first failure in an order that tells an agent nothing
    /// about a capability it may not use.
    package func authorise(_ query: AccessQuery) -> AccessDecision {
        guard let entry = entries[query.capability] else {
            let check = AccessCheck(name: "capability_exists", result: .fail, detail: "Capability not found")
            return AccessDecision(denial: .unknownCapability, trace: [check], rule: nil)
        }
        var checks = AccessChecks()
        checks.pass(
            "capability_exists",
            "Capability \"\(entry.capability.name)\" exists (service: \(entry.service.name))"
        )
        checks.mode(entry.capability)
        checks.access(entry, query.agent, server)
        checks.authType(entry)
        checks.request(query.request)
        checks.rules(entry, query.request)
        checks.reason(entry.capability, query)
        checks.approval(entry.capability, server)
        return AccessDecision(denial: checks.denial, trace: checks.trace, rule: checks.rule)
    }

    /// The capabilities an agent may use, sorted by name.
    package func accessible(to agent: AgentIdentity) -> [Entry] {
        entries.values
            .filter { entry in
                var checks = AccessChecks()
                checks.access(entry, agent, server)
                return checks.denial == nil
            }
            .sorted { $0.capability.name < $1.capability.name }
    }
}

extension Denial {
    /// The same for a capability that does not exist, whoever asks.
    static let unknownCapability = Denial(
        .capabilityNotFound,
        "Unknown capability",
        nextStep: "Call list_services to see the capabilities you may use."
    )
}
