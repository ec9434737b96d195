import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Logging
import Synchronization

@testable import JaneeCore

/// A proxy whose policy, provider, transport and disk the test decides.
struct ProxyFixture {
    static let key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"

    let audit: AuditFixture
    let log: AuditLog
    let provider: ScriptedProvider
    let transport: ScriptedTransport
    let lines = LogLines()
    let proxy: Proxy

    init(
        _ capability: String = "",
        service: String = "",
        server: String = "{}",
        provider: ScriptedProvider = ScriptedProvider(value: key),
        transport: ScriptedTransport = ScriptedTransport(body: "{}"),
        write: AuditWrite? = nil
    ) throws {
        let policy = try TestConfiguration.policy(capability, service: service, server: server)
        let secrets = SecretsManager.forTests(defaultProvider: .local)
        try secrets.registerProvider(provider, limits: .local)
        audit = try AuditFixture()
        log = try audit.log(write: write)
        self.provider = provider
        self.transport = transport
        let lines = lines
        proxy = Proxy(
            policy: { policy },
            secrets: secrets,
            transport: transport,
            audit: log,
            logger: Logger(label: "test") { _ in lines }
        )
    }

    @discardableResult
    func execute(_ call: AgentCall = AgentCall("GET", "/v1/x"), agent: String? = "alice") async -> CallResult {
        await proxy.execute(call, agent: .named(agent), clientLabel: "client/1")
    }

    /// The answer to a call that must have one.
    func answer(_ call: AgentCall = AgentCall("GET", "/v1/x")) async throws -> UpstreamAnswer {
        guard case .answered(let answer) = await execute(call) else { throw NoAnswer() }
        return answer
    }

    /// The failure of a call that must fail.
    func failure(_ call: AgentCall = AgentCall("GET", "/v1/x")) async throws -> CallFailure {
        guard case .failed(let failure) = await execute(call) else { throw NoAnswer() }
        return failure
    }

    func records() throws -> [JSONValue] {
        try AuditReader(directory: audit.directory).tail(limit: 1000)
    }

    /// The phases of all records, such as `["intent", "outcome"]`.
    func phases() throws -> [String] {
        try records().compactMap { $0["phase"]?.stringValue }
    }

    struct NoAnswer: Error {}
}

extension UpstreamAnswer {
    /// The body as text; nil if it is binary.
    var text: String? {
        if case .text(let text) = body { text } else { nil }
    }

    /// The values of a header.
    func values(_ name: String) -> [String] {
        headers.filter { $0.name == name }.map(\.value)
    }
}
