import JaneeHTTP
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

/// A vault, its directory and the platforms that give identities, asked by the real clients; time is set by the test.
///
/// Vault and directory are asked over TLS with an authority of their own.
struct AzureScene: ProviderScene {
    static let providerName = "azureProd"
    static let epoch = Duration.seconds(1_795_458_116)
    static let principal: [String: ConfigNode.Value] = [
        "method": .string("service-principal"), "tenantId": .string(EntraDouble.tenant),
        "clientId": .string(EntraDouble.client), "clientSecret": .string("daemon-app-secret"),
    ]
    static let managed: [String: ConfigNode.Value] = ["method": .string("managed-identity")]

    let clock: ManualClock
    let time: TimeSource
    let tokens: AzureTokens
    let vault: KeyVaultDouble
    let directory: EntraDouble
    let platform: AzureIdentityDouble
    let log = LogRecorder()
    let events = Locked<[TokenEvent]>([])
    /// Everything that was observed as a credential.
    let observed = Locked<[SecretValue]>([])
    let environment: Locked<[String: String]>
    let files: TemporaryDirectory
    let vaultAddress: String
    let platformAddress: String
    private let client = GuardedHTTPClient()
    private let transport: CountingTransport

    /// Serves for the time of `body`.
    ///
    /// - Parameter time: The time of the provider; that of ``clock`` if absent.
    static func run(time: TimeSource? = nil, _ body: (AzureScene) async throws -> Void) async throws {
        let clock = ManualClock()
        let time = time ?? TimeSource(clock) { epoch + clock.now.offset }
        let now: @Sendable () -> Duration = { time.sinceEpoch }
        let tokens = AzureTokens()
        let vault = KeyVaultDouble(tokens, now: now)
        let directory = EntraDouble(tokens, now: now)
        let platform = AzureIdentityDouble(tokens, now: now)
        try await DoubleServer.serve(vault, tls: DoubleServer.TLS()) { vaultServer in
            try await DoubleServer.serve(directory, tls: DoubleServer.TLS()) { directoryServer in
                try await DoubleServer.serve(platform) { platformServer in
                    let scene = try AzureScene(
                        (clock, time),
                        tokens,
                        (vault, vaultServer.port),
                        (directory, directoryServer.port),
                        (platform, platformServer.port)
                    )
                    try await body(scene)
                    await scene.client.shutdown()
                }
            }
        }
    }

    private init(
        _ time: (clock: ManualClock, source: TimeSource),
        _ tokens: AzureTokens,
        _ vault: (double: KeyVaultDouble, port: Int),
        _ directory: (double: EntraDouble, port: Int),
        _ platform: (double: AzureIdentityDouble, port: Int)
    ) throws {
        (clock, self.time) = (time.clock, time.source)
        self.tokens = tokens
        (self.vault, self.directory, self.platform) = (vault.double, directory.double, platform.double)
        vaultAddress = "https://127.0.0.1:\(vault.port)"
        platformAddress = "http://127.0.0.1:\(platform.port)"
        environment = Locked([
            "AZURE_AUTHORITY_HOST": "https://127.0.0.1:\(directory.port)",
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:\(platform.port)",
        ])
        files = try TemporaryDirectory()
        _ = try files.write(TestCertificates.authority, to: "ca.pem")
        let patience = Duration.seconds(60)
        transport = CountingTransport(
            client,
            metadata: MetadataClient(connectTimeout: patience, longestTimeout: patience),
            metadataTimeout: patience
        )
    }

    var pace: ScenePace { ScenePace(clock: clock) { [transport] in transport.isIdle } }

    var context: ProviderContext {
        let (events, environment) = (events, environment)
        return ProviderContext(
            transport: transport,
            metadata: transport,
            logger: log.logger,
            substitution: .forTests(observed) { name in environment.withLock { $0[name] } },
            masterKey: { () throws(SecretError) in throw SecretError(.providerConfigInvalid, "there is none") },
            homeDirectory: files.path,
            time: time,
            userAgent: "janee/test",
            tokenEvents: { _, event in events.withLock { $0.append(event) } }
        )
    }

    func set(_ name: String, _ value: String?) {
        environment.withLock { $0[name] = value }
    }

    /// A provider that asks them.
    func provider(
        _ auth: [String: ConfigNode.Value] = AzureScene.principal,
        settings: [String: ConfigNode.Value] = [:]
    ) throws -> AzureKeyVaultProvider {
        let values: [String: ConfigNode.Value] = [
            "vaultUrl": .string(vaultAddress), "auth": .map(auth),
            "tls": .map(["caFile": .string(files.path(of: "ca.pem"))]),
        ]
        return try makeProvider(AzureKeyVaultDefinition(), values.merging(settings) { $1 })
    }
}
