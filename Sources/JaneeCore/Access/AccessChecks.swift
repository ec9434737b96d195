import HTTPTypes
import JaneeConfig

/// The checks of a decision, collected one by one.
struct AccessChecks {
    private(set) var trace: [AccessCheck] = []
    private(set) var rule: String?
    private var denials: [Denial] = []

    /// The denial that counts: whether an agent may use the capability at all comes before everything else.
    var denial: Denial? {
        let order: [Denial.Code] = [
            .agentNotAllowed, .defaultAccessRestricted, .ownershipDenied, .modeMismatch, .authTypeUnavailable,
            .requestRefused, .ruleDeny, .reasonRequired, .approvalRequired,
        ]
        return order.lazy.compactMap { code in denials.first { $0.code == code } }.first
    }

    mutating func pass(_ name: String, _ detail: String) {
        trace.append(AccessCheck(name: name, result: .pass, detail: detail))
    }

    mutating func skip(_ name: String, _ detail: String) {
        trace.append(AccessCheck(name: name, result: .skip, detail: detail))
    }

    private mutating func fail(_ name: String, _ detail: String, _ denial: Denial) {
        trace.append(AccessCheck(name: name, result: .fail, detail: detail))
        denials.append(denial)
    }

    mutating func mode(_ capability: Capability) {
        guard capability.mode == .exec else {
            return pass("mode", "Capability mode: \(capability.mode.rawValue)")
        }
        fail(
            "mode",
            "Capability is exec-mode, which this version cannot run",
            Denial(
                .modeMismatch,
                "This capability runs commands, which this version of Janee cannot do",
                nextStep: "Use a capability for HTTP calls; list_services shows them."
            )
        )
    }

    /// Whether the agent may use the capability at all: its list, else the default, and else the service's owner.
    mutating func access(_ entry: PolicySnapshot.Entry, _ agent: AgentIdentity, _ server: ServerSettings) {
        let capability = entry.capability
        let shown = agent.name.map { "Agent \"\($0)\"" } ?? "An agent without identity"
        if !capability.allowedAgents.isEmpty {
            let list = capability.allowedAgents.joined(separator: ", ")
            if agent.isAny(of: capability.allowedAgents) {
                pass("allowed_agents", "\(shown) is in allowedAgents [\(list)]")
            } else {
                fail("allowed_agents", "\(shown) is NOT in allowedAgents [\(list)]", .notForThisAgent(.agentNotAllowed))
            }
            skip("default_access", "allowedAgents list takes precedence")
            skip("ownership", "allowedAgents list takes precedence")
            return
        }
        skip("allowed_agents", "No allowedAgents restriction on this capability")
        let origin = capability.access == nil ? "global defaultAccess" : "capability access"
        guard capability.access ?? server.defaultAccess == .open else {
            fail(
                "default_access",
                "\(origin) is \"restricted\" and no allowedAgents list — agent blocked",
                .notForThisAgent(.defaultAccessRestricted)
            )
            return
        }
        pass("default_access", "\(origin) is \"open\" — agent allowed")
        ownership(entry.service.ownership, agent, shown)
    }

    private mutating func ownership(_ ownership: Ownership?, _ agent: AgentIdentity, _ shown: String) {
        guard let ownership, ownership.policy != .allAgents else {
            return skip("ownership", "No ownership restrictions on service")
        }
        let owner = ownership.createdBy.map { [$0] } ?? []
        let guests = ownership.policy == .shared ? ownership.sharedWith : []
        if agent.isAny(of: owner + guests) {
            pass("ownership", "\(shown) can access service")
        } else {
            fail(
                "ownership",
                "\(shown) cannot access service (ownership restriction)",
                .notForThisAgent(.ownershipDenied)
            )
        }
    }

    mutating func authType(_ entry: PolicySnapshot.Entry) {
        guard entry.auth == nil else { return }
        fail(
            "auth_type",
            "Auth type \"\(entry.service.auth.type)\" of service \"\(entry.service.name)\" is not usable in this version",
            Denial(
                .authTypeUnavailable,
                "The service behind this capability uses an auth type that this version of Janee cannot use",
                nextStep: "Ask the operator to use another capability."
            )
        )
    }

    mutating func request(_ request: Result<CanonicalRequest, RequestRefusal>?) {
        guard case .failure(let refusal) = request else { return }
        fail(
            "request",
            refusal.description,
            Denial(.requestRefused, "Request refused: \(refusal)", nextStep: "Correct the request and try again.")
        )
    }

    mutating func rules(_ entry: PolicySnapshot.Entry, _ request: Result<CanonicalRequest, RequestRefusal>?) {
        guard entry.capability.mode == .proxy else {
            return skip("rules", "Exec-mode capabilities use allowCommands, not path rules")
        }
        let canonical: CanonicalRequest
        switch request {
        case .success(let request): canonical = request
        case .failure: return skip("rules", "The request is refused before it meets the rules")
        case nil: return skip("rules", "No method/path provided — use --method and --path to test rules")
        }
        let subject = "\(canonical.method.rawValue) \(canonical.target.path)"
        switch entry.rules.evaluate(canonical.method, canonical.target) {
        case .allowed(let pattern):
            rule = pattern?.description
            pass("rules", pattern.map { "\(subject) is allowed by rule: \($0)" } ?? "\(subject) is allowed by rules")
        case .denied(let pattern):
            rule = pattern.description
            fail("rules", "Denied by rule: \(pattern)", .byRules("Denied by a rule of this capability"))
        case .noMatch:
            fail("rules", "No matching allow rule", .byRules("No rule of this capability allows this request"))
        }
    }

    mutating func reason(_ capability: Capability, _ query: AccessQuery) {
        guard capability.requiresReason, query.request != nil else { return }
        let given = query.reason?.contains { !$0.isWhitespace } ?? false
        if given {
            pass("reason", "A reason is given")
        } else {
            fail(
                "reason",
                "The capability requires a reason",
                Denial(
                    .reasonRequired,
                    "This capability requires a reason",
                    nextStep: "Include a 'reason' argument that says why you need this access."
                )
            )
        }
    }

    mutating func approval(_ capability: Capability, _ server: ServerSettings) {
        guard !(capability.autoApprove ?? (server.defaultApproval == .automatic)) else { return }
        fail(
            "approval",
            "autoApprove is off and this version cannot ask a person",
            Denial(
                .approvalRequired,
                "This capability needs a person's approval, which this version of Janee cannot ask for",
                nextStep: "Ask the operator to approve the capability in the configuration."
            )
        )
    }
}

extension Denial {
    fileprivate static func notForThisAgent(_ code: Code) -> Denial {
        Denial(code, "This capability is not available to this agent", nextStep: "Ask the operator for access.")
    }

    fileprivate static func byRules(_ message: String) -> Denial {
        Denial(
            .ruleDeny,
            message,
            nextStep: "Use a method and path that the rules of this capability allow; list_services shows them."
        )
    }
}
