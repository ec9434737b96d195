import JaneeConfig
import Testing

@testable import JaneeCore

@Suite("What a denial tells an agent")
struct DenialSecrecyTests {
    /// Names of everything an agent has no business to know, each recognisable.
    private static let configuration = """
        services:
          secret-service-one: { baseUrl: "https://secret-host.example/secret-base", auth: { type: bearer, key: secret-key } }
          secret-service-two:
            baseUrl: "https://secret-host.example"
            auth: { type: hmac-okx, apiKey: secret-user, apiSecret: secret-password }
            ownership: { accessPolicy: shared, createdBy: secret-agent-bob, sharedWith: [secret-agent-carol] }
        capabilities:
          listed:
            service: secret-service-one
            allowedAgents: [secret-agent-bob]
            rules: { allow: ["GET /secret-rule/*"], deny: ["* /secret-rule/denied"] }
          restricted: { service: secret-service-one, access: restricted, requiresReason: true }
          owned: { service: secret-service-two, rules: { deny: ["* /secret-rule*"] } }
          exec: { service: secret-service-one, mode: exec, allowCommands: [secret-command], env: { SECRET_NAME: x } }
          planned: { service: secret-service-two, allowedAgents: [alice] }
          ruled:
            service: secret-service-one
            rules: { allow: ["GET /secret-rule/*"], deny: ["* /secret-rule/denied"] }
          reason: { service: secret-service-one, requiresReason: true }
          approval: { service: secret-service-one, autoApprove: false }
        """

    private static let calls: [AgentCall] = [
        AgentCall("GET", "/"), AgentCall("GET", "/secret-rule/denied"), AgentCall("GET", "/secret-rule/x"),
        AgentCall("GET", "/secret-rule/.."), AgentCall("TRACE", "/"), AgentCall("GET", "/", [("Host", "secret-host")]),
        AgentCall("GET", "/", [("X-Odd", "secret-value")]), AgentCall("GET", "/", [("Authorization", "secret-value")]),
    ]

    private static func decisions(_ capabilities: [String]) throws -> [(String, Denial)] {
        let configuration = try TestConfiguration.parse(configuration)
        let policy = try PolicySnapshot(configuration, authMethods: JaneeRuntime.Extensions.builtin.authMethods)
        var denials: [(String, Denial)] = []
        for name in capabilities {
            for agent in [nil, "alice"] {
                for var call in calls {
                    call.capability = name
                    let request = policy.entries[name]
                        .map { entry in
                            Result { () throws(RequestRefusal) in
                                try CanonicalRequest(call, service: entry.service, owned: entry.ownedHeaders)
                            }
                        }
                    let query = AccessQuery(capability: name, agent: .named(agent), reason: nil, request: request)
                    if let denial = policy.authorise(query).denial { denials.append((name, denial)) }
                }
            }
        }
        return denials
    }

    @Test("no denial names an agent, a service, a rule, a host, a command or a secret")
    func nothingNamed() throws {
        let names = ["listed", "restricted", "owned", "exec", "planned", "ruled", "reason", "approval", "missing"]
        let denials = try Self.decisions(names)
        #expect(Set(denials.map(\.1.code)) == Set(Denial.Code.allCases).subtracting([.invalidArguments]))
        for (name, denial) in denials {
            let text = "\(denial.message) \(denial.nextStep)"
            for word in ["secret-", "SECRET_NAME", "alice", "hmac-okx", "bob", "carol"] {
                #expect(!text.contains(word), "\(name): \(text)")
            }
            #expect(!text.isEmpty && !denial.nextStep.isEmpty)
        }
    }

    @Test("a capability of others always gives the same answer, whatever is asked of it")
    func nothingLearned() throws {
        for name in ["listed", "restricted", "owned", "missing"] {
            #expect(Set(try Self.decisions([name]).map(\.1)).count == 1, "\(name)")
        }
    }

    @Test("capabilities that one may not use differ in the code alone")
    func sameWords() throws {
        let denials = try Self.decisions(["listed", "restricted", "owned"]).map(\.1)
        #expect(Set(denials.map(\.code)).count == 3)
        #expect(Set(denials.map { $0.message + $0.nextStep }).count == 1)
    }
}
