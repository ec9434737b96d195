import JaneeHTTP
import JaneeJSON
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

/// A Vault server of one's own, asked by the real client over TLS; its time and that of leases is set by the test.
struct VaultScene: ProviderScene {
    static let providerName = "prodVault"

    let clock: ManualClock
    let time: TimeSource
    let double: VaultDouble
    let log = LogRecorder()
    let events = Locked<[TokenEvent]>([])
    /// Everything that was observed as a credential.
    let observed = Locked<[SecretValue]>([])
    let directory: TemporaryDirectory
    private let address: String
    private let client: GuardedHTTPClient
    private let transport: CountingTransport

    static let roleID = "role-id-1234567890"
    static let secretID = "secret-id-0987654321"
    static let epoch = Duration.seconds(1_795_458_116)
    /// A policy to read below `mcp/`, for every engine of the tests.
    static let policy = """
        path "secret/data/mcp" { capabilities = ["read"] }
        path "secret/data/mcp/*" { capabilities = ["read"] }
        path "kv1/mcp" { capabilities = ["read"] }
        path "team/app/kv/data/*" { capabilities = ["read"] }
        path "kv1/mcp/*" { capabilities = ["read"] }
        """
    static let approle: [String: ConfigNode.Value] = [
        "method": .string("approle"), "roleId": .string(roleID), "secretId": .string(secretID),
    ]

    /// Serves for the time of `body`, with a role for ``approle``.
    ///
    /// - Parameters:
    ///   - role: What else the role is written with.
    ///   - time: The time of the provider; that of ``clock`` if absent.
    static func run(
        tls: DoubleServer.TLS = DoubleServer.TLS(),
        settings: VaultDouble.Settings = VaultDouble.Settings(),
        role: JSONObject = [:],
        time: TimeSource? = nil,
        _ body: (VaultScene) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let double = VaultDouble(settings: settings, base: epoch) { clock.now.offset }
        double.writePolicy("janee", policy)
        var role = role
        role.append("token_policies", ["janee"])
        double.writeAppRole("janee", roleID: roleID, secretID: secretID, role: .object(role))
        try await DoubleServer.serve(double, tls: tls) { server in
            let scene = try VaultScene(clock, time, double, "https://127.0.0.1:\(server.port)\(settings.pathPrefix)")
            try await body(scene)
            await scene.client.shutdown()
        }
    }

    private init(_ clock: ManualClock, _ time: TimeSource?, _ double: VaultDouble, _ address: String) throws {
        self.clock = clock
        self.time = time ?? TimeSource(clock) { Self.epoch + clock.now.offset }
        self.double = double
        self.address = address
        client = GuardedHTTPClient()
        transport = CountingTransport(client)
        directory = try TemporaryDirectory()
        _ = try directory.write(TestCertificates.authority, to: "ca.pem")
        _ = try directory.write(TestCertificates.client, to: "client.pem")
        _ = try directory.write(TestCertificates.clientKey, to: "client.key")
    }

    var context: ProviderContext {
        let (events, observed) = (events, observed)
        return ProviderContext(
            transport: transport,
            logger: log.logger,
            substitution: .forTests(observed),
            masterKey: { () throws(SecretError) in throw SecretError(.providerConfigInvalid, "there is none") },
            homeDirectory: directory.path,
            time: time,
            userAgent: "janee/test",
            tokenEvents: { _, event in events.withLock { $0.append(event) } }
        )
    }

    /// A provider that asks the server.
    func provider(
        _ auth: [String: ConfigNode.Value] = VaultScene.approle,
        tls: [String: ConfigNode.Value] = [:],
        settings: [String: ConfigNode.Value] = [:]
    ) throws -> HashiCorpVaultProvider {
        let trust: [String: ConfigNode.Value] = ["caFile": .string(directory.path(of: "ca.pem"))]
        let values: [String: ConfigNode.Value] = [
            "address": .string(address), "auth": .map(auth), "tls": .map(trust.merging(tls) { $1 }),
        ]
        return try makeProvider(HashiCorpVaultDefinition(), values.merging(settings) { $1 })
    }

    var pace: ScenePace { ScenePace(clock: clock) { [transport] in transport.isIdle } }

    /// Moves time in steps, as ``ScenePace`` does.
    func advance(
        by duration: Duration,
        step: Duration = .milliseconds(500),
        isKept: Bool = true
    ) async throws {
        try await pace.advance(by: duration, step: step, isKept: isKept)
    }

    /// Waits for something that requests over the network bring about.
    func until(_ condition: () -> Bool) async throws {
        try await pace.until(condition)
    }

    func count(_ kind: VaultDouble.Kind) -> Int { double.count(kind) }
}
