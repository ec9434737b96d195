import JaneeConfig
import Testing

@testable import JaneeCore

/// A question to the policy and its answer: nil means allowed.
struct AccessCase: Sendable, CustomTestStringConvertible {
    var agent: String? = "alice"
    var capability = ""
    var service = ""
    var server = "{}"
    var call = AgentCall("GET", "/v1/x")
    let code: Denial.Code?

    init(
        agent: String? = "alice",
        _ capability: String = "",
        service: String = "",
        server: String = "{}",
        call: AgentCall = AgentCall("GET", "/v1/x"),
        is code: Denial.Code?
    ) {
        self.agent = agent
        self.capability = capability
        self.service = service
        self.server = server
        self.call = call
        self.code = code
    }

    var testDescription: String {
        "\(agent ?? "nobody"): {\(capability)} {\(service)} \(server) \(call.method) \(call.path)"
    }

    func decide() throws -> AccessDecision {
        let policy = try TestConfiguration.policy(capability, service: service, server: server)
        let entry = policy.entries[call.capability]
        let request = entry.map { entry in
            Result { () throws(RequestRefusal) in
                try CanonicalRequest(call, service: entry.service, owned: entry.ownedHeaders)
            }
        }
        let agent = AgentIdentity.launched(as: agent) ?? .anonymous
        return policy.authorise(
            AccessQuery(capability: call.capability, agent: agent, reason: call.reason, request: request)
        )
    }
}

@Suite("Who may do what")
struct AuthoriseTests {
    @Test("whether an agent may use a capability at all", arguments: Self.accessCases)
    func access(question: AccessCase) throws {
        #expect(try question.decide().denial?.code == question.code)
    }

    private static let restricted = "{ defaultAccess: restricted }"
    private static let accessCases: [AccessCase] = [
        AccessCase(is: nil), AccessCase(agent: nil, is: nil),
        // allowedAgents decides alone.
        AccessCase("allowedAgents: [alice, bob]", is: nil),
        AccessCase("allowedAgents: [bob]", is: .agentNotAllowed),
        AccessCase("allowedAgents: [Alice, alic, alicee, \"alice \", \"*\"]", is: .agentNotAllowed),
        AccessCase(agent: nil, "allowedAgents: [alice]", is: .agentNotAllowed),
        AccessCase(agent: "", "allowedAgents: [alice]", is: .agentNotAllowed),
        AccessCase("allowedAgents: [alice], access: restricted", server: restricted, is: nil),
        AccessCase("allowedAgents: [bob], access: open", is: .agentNotAllowed),
        AccessCase(
            "allowedAgents: [alice]",
            service: "ownership: { accessPolicy: agent-only, createdBy: bob }",
            is: nil
        ),
        AccessCase("allowedAgents: [bob]", service: "ownership: { accessPolicy: all-agents }", is: .agentNotAllowed),
        AccessCase("allowedAgents: []", is: nil),
        AccessCase("allowedAgents: []", server: restricted, is: .defaultAccessRestricted),
        // Then access, then the default.
        AccessCase("access: restricted", is: .defaultAccessRestricted),
        AccessCase(agent: nil, "access: restricted", is: .defaultAccessRestricted),
        AccessCase("access: open", server: restricted, is: nil),
        AccessCase("access: restricted", server: "{ defaultAccess: open }", is: .defaultAccessRestricted),
        AccessCase(server: restricted, is: .defaultAccessRestricted),
        AccessCase(agent: nil, server: restricted, is: .defaultAccessRestricted),
        AccessCase(
            "access: restricted",
            service: "ownership: { accessPolicy: agent-only, createdBy: alice }",
            is: .defaultAccessRestricted
        ),
        // Then ownership.
        AccessCase(service: "ownership: { accessPolicy: all-agents }", is: nil),
        AccessCase(agent: nil, service: "ownership: { accessPolicy: all-agents, createdBy: bob }", is: nil),
        AccessCase(service: "ownership: { accessPolicy: agent-only, createdBy: alice }", is: nil),
        AccessCase(service: "ownership: { accessPolicy: agent-only, createdBy: bob }", is: .ownershipDenied),
        AccessCase(service: "ownership: { accessPolicy: agent-only }", is: .ownershipDenied),
        AccessCase(
            service: "ownership: { accessPolicy: agent-only, createdBy: bob, sharedWith: [alice] }",
            is: .ownershipDenied
        ),
        AccessCase(
            agent: nil,
            service: "ownership: { accessPolicy: agent-only, createdBy: alice }",
            is: .ownershipDenied
        ),
        AccessCase(agent: nil, service: "ownership: { accessPolicy: agent-only }", is: .ownershipDenied),
        AccessCase(service: "ownership: { accessPolicy: shared, createdBy: bob, sharedWith: [alice] }", is: nil),
        AccessCase(service: "ownership: { accessPolicy: shared, createdBy: alice }", is: nil),
        AccessCase(
            service: "ownership: { accessPolicy: shared, createdBy: bob, sharedWith: [carol] }",
            is: .ownershipDenied
        ),
        AccessCase(
            agent: nil,
            service: "ownership: { accessPolicy: shared, sharedWith: [alice] }",
            is: .ownershipDenied
        ),
        AccessCase(
            "access: open",
            service: "ownership: { accessPolicy: agent-only, createdBy: bob }",
            server: restricted,
            is: .ownershipDenied
        ),
    ]

    @Test("what an agent may do with a capability it may use", arguments: Self.useCases)
    func use(question: AccessCase) throws {
        #expect(try question.decide().denial?.code == question.code)
    }

    private static let rules = #"rules: { allow: ["GET /v1/*"], deny: ["GET /v1/secrets"] }"#
    private static let useCases: [AccessCase] = [
        AccessCase(call: AgentCall("GET", "/x", capability: "nope"), is: .capabilityNotFound),
        AccessCase(call: AgentCall("GET", "/x", capability: ""), is: .capabilityNotFound),
        AccessCase(call: AgentCall("GET", "/x", capability: "CAP"), is: .capabilityNotFound),
        AccessCase(call: AgentCall("GET", "/x", capability: "cap "), is: .capabilityNotFound),
        AccessCase("mode: exec", is: .modeMismatch), AccessCase("mode: proxy", is: nil),
        AccessCase(service: "auth: { type: hmac-mexc, apiKey: a, apiSecret: b }", is: .authTypeUnavailable),
        AccessCase(call: AgentCall("GET", "/../x"), is: .requestRefused),
        AccessCase(call: AgentCall("TRACE", "/x"), is: .requestRefused),
        AccessCase(call: AgentCall("GET", "/x", [("Host", "a")]), is: .requestRefused),
        AccessCase(call: AgentCall("GET", "/x", [("Authorization", "a")]), is: .requestRefused),
        AccessCase(rules, is: nil), AccessCase(rules, call: AgentCall("POST", "/v1/x"), is: .ruleDeny),
        AccessCase(rules, call: AgentCall("GET", "/v1/secrets"), is: .ruleDeny),
        AccessCase(rules, call: AgentCall("GET", "/v1/%73ecrets/"), is: .ruleDeny),
        AccessCase("requiresReason: true", is: .reasonRequired),
        AccessCase("requiresReason: true", call: AgentCall("GET", "/x", reason: ""), is: .reasonRequired),
        AccessCase("requiresReason: true", call: AgentCall("GET", "/x", reason: " \n\t\u{A0}"), is: .reasonRequired),
        AccessCase("requiresReason: true", call: AgentCall("GET", "/x", reason: "report"), is: nil),
        AccessCase("autoApprove: false", is: .approvalRequired), AccessCase("autoApprove: true", is: nil),
        AccessCase(server: "{ defaultApproval: ask }", is: .approvalRequired),
        AccessCase("autoApprove: true", server: "{ defaultApproval: ask }", is: nil),
        AccessCase("autoApprove: false", server: "{ defaultApproval: auto }", is: .approvalRequired),
    ]

    @Test("of several reasons the one that tells least comes first")
    func order() throws {
        var fields = [
            "allowedAgents: [bob]", "mode: exec", #"rules: { deny: ["* *"] }"#, "requiresReason: true",
            "autoApprove: false",
        ]
        var service = "auth: { type: hmac-mexc }"
        var call = AgentCall("GET", "/..")
        func code() throws -> Denial.Code? {
            try AccessCase(fields.joined(separator: ", "), service: service, call: call, is: nil).decide().denial?.code
        }
        #expect(try code() == .agentNotAllowed)
        fields.removeFirst()
        #expect(try code() == .modeMismatch)
        fields.removeFirst()
        #expect(try code() == .authTypeUnavailable)
        service = ""
        #expect(try code() == .requestRefused)
        call.path = "/x"
        #expect(try code() == .ruleDeny)
        fields.removeFirst()
        #expect(try code() == .reasonRequired)
        fields.removeFirst()
        #expect(try code() == .approvalRequired)
        fields.removeFirst()
        #expect(try code() == nil)
    }

    // MARK: Trace

    private func trace(_ question: AccessCase) throws -> [String] {
        try question.decide().trace.map { "\($0.result.rawValue) \($0.name)" }
    }

    @Test("all checks are traced in one order, also after a failure")
    func traceOrder() throws {
        #expect(
            try trace(AccessCase("requiresReason: true", call: AgentCall("GET", "/x", reason: "r"), is: nil)) == [
                "pass capability_exists", "pass mode", "skip allowed_agents", "pass default_access", "skip ownership",
                "pass rules", "pass reason",
            ]
        )
        #expect(
            try trace(AccessCase("allowedAgents: [bob], mode: exec", is: nil)) == [
                "pass capability_exists", "fail mode", "fail allowed_agents", "skip default_access", "skip ownership",
                "skip rules",
            ]
        )
        #expect(
            try trace(
                AccessCase(
                    "requiresReason: true, autoApprove: false",
                    service: "auth: { type: hmac-okx }, ownership: { accessPolicy: agent-only }",
                    call: AgentCall("GET", "/.."),
                    is: nil
                )
            ) == [
                "pass capability_exists", "pass mode", "skip allowed_agents", "pass default_access", "fail ownership",
                "fail auth_type", "fail request", "skip rules", "fail reason", "fail approval",
            ]
        )
        #expect(try trace(AccessCase("access: restricted", is: nil)).contains("fail default_access"))
        #expect(try trace(AccessCase("allowedAgents: [alice]", is: nil)).contains("pass allowed_agents"))
        #expect(
            try trace(AccessCase(call: AgentCall("GET", "/", capability: "nope"), is: nil)) == [
                "fail capability_exists"
            ]
        )
    }

    @Test("the trace tells an operator which rule decided and why a request never met the rules")
    func traceDetails() throws {
        func detail(_ question: AccessCase) throws -> String? {
            try question.decide().trace.first { $0.name == "rules" }?.detail
        }
        #expect(try detail(AccessCase(Self.rules, is: nil)) == "GET /v1/x is allowed by rule: GET /v1/*")
        #expect(try detail(AccessCase(is: nil)) == "GET /v1/x is allowed by rules")
        let denied = AccessCase(Self.rules, call: AgentCall("GET", "/v1/secrets/"), is: nil)
        #expect(try detail(denied) == "Denied by rule: GET /v1/secrets")
        #expect(try denied.decide().rule == "GET /v1/secrets")
        #expect(try detail(AccessCase(Self.rules, call: AgentCall("PUT", "/"), is: nil)) == "No matching allow rule")
        #expect(try detail(AccessCase(call: AgentCall("GET", "/.."), is: nil))?.contains("refused") == true)
    }

    @Test("without a request only the capability is asked about")
    func withoutRequest() throws {
        let policy = try TestConfiguration.policy("requiresReason: true, \(Self.rules)")
        let decision = policy.authorise(AccessQuery(capability: "cap", agent: .anonymous, reason: nil, request: nil))
        #expect(decision.isAllowed)
        #expect(decision.trace.last?.result == .skip)
    }

    // MARK: Identity

    @Test("an agent's name is what the launcher says, if it can be a name")
    func identity() {
        #expect(AgentIdentity.launched(as: nil) == .anonymous)
        #expect(AgentIdentity.launched(as: "") == .anonymous)
        #expect(AgentIdentity.anonymous.name == nil)
        #expect(AgentIdentity.anonymous.source == .none)
        #expect(AgentIdentity.launched(as: "alice")?.name == "alice")
        #expect(AgentIdentity.launched(as: "alice")?.source == .launcher)
        #expect(AgentIdentity.launched(as: String(repeating: "é", count: 128))?.name != nil)
        for text in [String(repeating: "a", count: 129), "a\n", "a\u{1B}[31m", "\t", "a\u{7F}", "a\u{85}"] {
            #expect(AgentIdentity.launched(as: text) == nil)
        }
    }

    @Test("names are compared by their bytes, not by what they look like")
    func lookalikes() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        #expect(try AccessCase(agent: composed, "allowedAgents: [\"\(composed)\"]", is: nil).decide().isAllowed)
        #expect(try !AccessCase(agent: decomposed, "allowedAgents: [\"\(composed)\"]", is: nil).decide().isAllowed)
        let owned = "ownership: { accessPolicy: shared, createdBy: \"\(composed)\", sharedWith: [\"x\(composed)\"] }"
        #expect(try AccessCase(agent: composed, service: owned, is: nil).decide().isAllowed)
        #expect(try !AccessCase(agent: decomposed, service: owned, is: nil).decide().isAllowed)
        #expect(try !AccessCase(agent: "x" + decomposed, service: owned, is: nil).decide().isAllowed)
    }

    @Test("the accessible capabilities are those that would not be denied as such, sorted")
    func accessible() throws {
        let configuration = try TestConfiguration.parse(
            """
            services:
              api: { baseUrl: "https://a.example", auth: { type: bearer, key: k } }
              owned:
                baseUrl: "https://a.example"
                auth: { type: bearer, key: k }
                ownership: { accessPolicy: agent-only, createdBy: bob }
            capabilities:
              zeta: { service: api }
              bobs: { service: api, allowedAgents: [bob] }
              both: { service: api, allowedAgents: [alice, bob] }
              closed: { service: api, access: restricted }
              owned: { service: owned }
              asking: { service: api, autoApprove: false, rules: { allow: [] } }
            """
        )
        let policy = try PolicySnapshot(configuration, authMethods: JaneeRuntime.Extensions.builtin.authMethods)
        func names(_ agent: String?) -> [String] { policy.accessible(to: .named(agent)).map(\.capability.name) }
        #expect(names("alice") == ["asking", "both", "zeta"])
        #expect(names("bob") == ["asking", "bobs", "both", "owned", "zeta"])
        #expect(names(nil) == ["asking", "zeta"])
    }
}
