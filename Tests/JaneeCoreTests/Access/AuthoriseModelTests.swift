import HTTPTypes
import JaneeAuth
import JaneeSecrets
import Testing

@testable import JaneeConfig
@testable import JaneeCore

/// Every combination of what a decision depends on, against the rules written down once more in the words of the
/// specification.
@Suite("Decisions, all combinations")
struct AuthoriseModelTests {
    private enum Rules: CaseIterable {
        case none
        case allowing
        case denying
        case matchingNothing
    }

    private static let agents: [String?] = [nil, "alice", "bob"]
    private static let lists: [[String]] = [[], ["alice"], ["bob", "carol"]]
    private static let accesses: [AccessMode?] = [nil, .open, .restricted]
    private static let ownerships: [Ownership?] = [
        nil, Ownership(policy: .allAgents, createdBy: "bob", sharedWith: []),
        Ownership(policy: .agentOnly, createdBy: "alice", sharedWith: ["bob"]),
        Ownership(policy: .shared, createdBy: "bob", sharedWith: ["alice"]),
        Ownership(policy: .agentOnly, createdBy: nil, sharedWith: []),
    ]
    private static let truths: [Bool?] = [nil, true, false]
    private static let requests = ["/v1/x", "/v1/../x"]

    /// Everything about a capability and its service, with the agent and the request.
    private struct World {
        var agent: String?
        var list: [String] = []
        var access: AccessMode?
        var defaultAccess = AccessMode.open
        var ownership: Ownership?
        var mode = Capability.Mode.proxy
        var authType = "bearer"
        var rules = Rules.none
        var reason: (required: Bool, given: Bool) = (false, false)
        var autoApprove: Bool?
        var defaultApproval = ApprovalMode.automatic
        var path = "/v1/x"

        /// The specification.
        var expected: Denial.Code? {
            if list.isEmpty {
                if (access ?? defaultAccess) == .restricted { return .defaultAccessRestricted }
                if let ownership, ownership.policy != .allAgents {
                    guard let agent else { return .ownershipDenied }
                    let mayUse = ownership.policy == .shared ? ownership.sharedWith : []
                    guard agent == ownership.createdBy || mayUse.contains(agent) else { return .ownershipDenied }
                }
            } else if agent.map(list.contains) != true {
                return .agentNotAllowed
            }
            if mode == .exec { return .modeMismatch }
            if authType != "bearer" { return .authTypeUnavailable }
            if path.contains("..") { return .requestRefused }
            if rules == .denying || rules == .matchingNothing { return .ruleDeny }
            if reason.required, !reason.given { return .reasonRequired }
            if !(autoApprove ?? (defaultApproval == .automatic)) { return .approvalRequired }
            return nil
        }

        func decide() throws -> Denial.Code? {
            let empty = try #require(ConfigSection(ConfigNode(.map([]), at: .start), field: "auth"))
            let service = Service(
                name: "api",
                baseURL: try EndpointURL(parsing: "https://api.example.com"),
                auth: ServiceAuth(type: authType, section: empty),
                testPath: nil,
                ownership: ownership,
                network: ServiceNetwork(),
                networkIsImplied: false,
                limits: ServiceLimits(),
                allowHeaders: [],
                position: .start
            )
            let capability = Capability(
                name: "cap",
                service: "api",
                timeToLive: .oneHour,
                autoApprove: autoApprove,
                requiresReason: reason.required,
                allow: rules == .allowing ? ["GET /v1/*"] : rules == .matchingNothing ? ["POST *"] : nil,
                deny: rules == .denying ? ["GET *"] : nil,
                allowedAgents: list,
                access: access,
                mode: mode,
                allowCommands: [],
                environmentNames: [],
                workingDirectory: nil,
                timeout: nil,
                position: .start
            )
            let configuration = Configuration(
                path: "config.yaml",
                providers: [],
                services: ["api": service],
                capabilities: ["cap": capability],
                server: ServerSettings(defaultAccess: defaultAccess, defaultApproval: defaultApproval),
                security: SecuritySettings(),
                legacy: nil,
                warnings: []
            )
            let policy = try PolicySnapshot(configuration, authMethods: BuiltinAuthMethods.all)
            let request = Result { () throws(RequestRefusal) in
                try CanonicalRequest(AgentCall("GET", path), service: service, owned: [.authorization])
            }
            let query = AccessQuery(
                capability: "cap",
                agent: .named(agent),
                reason: reason.given ? "report" : nil,
                request: request
            )
            let decision = policy.authorise(query)
            let failed = decision.trace.contains { $0.result == .fail }
            #expect(failed == !decision.isAllowed)
            return decision.denial?.code
        }
    }

    @Test("access: agent, list, access, default and ownership")
    func access() throws {
        var codes: Set<Denial.Code?> = []
        for agent in Self.agents {
            for list in Self.lists {
                for access in Self.accesses {
                    for defaultAccess in AccessMode.allCases {
                        for ownership in Self.ownerships {
                            let world = World(
                                agent: agent,
                                list: list,
                                access: access,
                                defaultAccess: defaultAccess,
                                ownership: ownership
                            )
                            #expect(try world.decide() == world.expected, "\(world)")
                            codes.insert(world.expected)
                        }
                    }
                }
            }
        }
        #expect(codes == [nil, .agentNotAllowed, .defaultAccessRestricted, .ownershipDenied])
    }

    @Test("use: mode, auth type, request, rules, reason and approval, for an agent that may and one that may not")
    func use() throws {
        var codes: Set<Denial.Code?> = []
        for agent in ["alice", "bob"] {
            for mode in Capability.Mode.allCases {
                for authType in ["bearer", "hmac-okx"] {
                    for path in Self.requests {
                        for rules in Rules.allCases {
                            for reason in [(false, false), (true, false), (true, true)] {
                                for autoApprove in Self.truths {
                                    for defaultApproval in ApprovalMode.allCases {
                                        var world = World(agent: agent, list: ["alice"], mode: mode, authType: authType)
                                        world.path = path
                                        world.rules = rules
                                        world.reason = (required: reason.0, given: reason.1)
                                        world.autoApprove = autoApprove
                                        world.defaultApproval = defaultApproval
                                        #expect(try world.decide() == world.expected, "\(world)")
                                        codes.insert(world.expected)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        let expected: Set<Denial.Code?> = [
            nil, .agentNotAllowed, .modeMismatch, .authTypeUnavailable, .requestRefused, .ruleDeny, .reasonRequired,
            .approvalRequired,
        ]
        #expect(codes == expected)
    }
}
