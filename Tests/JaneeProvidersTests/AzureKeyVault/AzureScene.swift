import JaneeHTTP
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

/// A vault, its directory and the platforms that give identities, asked by the real clients; time is set by the test.
///
/// Vault and directory are asked over TLS with an authority of their own.
struct AzureScene: Sendable {
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

    /// Lets time pass in which nothing happens by itself.
    func pass(_ duration: Duration) { clock.advance(by: duration) }

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
            // Where the machine has much else to do, a request may take its time.
            "timeoutMs": .integer(120_000),
        ]
        .merging(settings) { $1 }
        let definition = AzureKeyVaultDefinition()
        #expect(definition.problems(values) == [])
        let section = try #require(ConfigSection.forTests(values))
        let name = try #require(ProviderName("azureProd"))
        let provider = try definition.makeProvider(name: name, configuration: section, context: context)
        return try #require(provider as? AzureKeyVaultProvider)
    }

    /// What a read leads to: the value, or the code and the detail.
    func read(
        _ provider: AzureKeyVaultProvider,
        _ path: String,
        field: String? = nil,
        version: String? = nil
    ) async throws -> String {
        let reference = try SecretReference(path: path, field: field, version: version)
        return await pace.passingShortPauses {
            do throws(SecretError) {
                guard let value = try await provider.getSecret(reference) else { return "nil" }
                return value.text
            } catch {
                #expect(error.provider == "azureProd" && error.path == reference.displayPath || error.isCancellation)
                return "\(error.code.rawValue): \(error.detail)"
            }
        }
    }

    /// What a start leads to: nothing, or the code and the detail.
    func start(_ provider: AzureKeyVaultProvider) async -> String? {
        await pace.passingShortPauses {
            do throws(SecretError) {
                try await provider.initialize()
                return nil
            } catch {
                return "\(error.code.rawValue): \(error.detail)"
            }
        }
    }
}
