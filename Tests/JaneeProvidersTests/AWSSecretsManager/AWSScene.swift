import JaneeHTTP
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

/// A region of AWS and the credential sources of its platforms, asked by the real clients; time is set by the test.
///
/// The services check every signature, its time and its token. They are found as emulators are: by the environment.
struct AWSScene: ProviderScene {
    static let providerName = "awsProd"
    static let epoch = Duration.seconds(1_795_458_116)
    static let keyID = "AKIDEXAMPLE"
    static let secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let accessKey: [String: ConfigNode.Value] = [
        "method": .string("access-key"), "accessKeyId": .string(keyID), "secretAccessKey": .string(secretKey),
    ]
    static let iamRole: [String: ConfigNode.Value] = ["method": .string("iam-role")]

    let clock: ManualClock
    let time: TimeSource
    let aws: AWSDouble
    let instance: InstanceMetadataDouble
    let container: ContainerCredentialsDouble
    let log = LogRecorder()
    let events = Locked<[TokenEvent]>([])
    /// Everything that was observed as a credential.
    let observed = Locked<[SecretValue]>([])
    let environment: Locked<[String: String]>
    let directory: TemporaryDirectory
    /// Where containers ask for their credentials.
    let containerAddress: String
    private let client = GuardedHTTPClient()
    private let transport: CountingTransport

    /// Serves for the time of `body`, with one access key and a role for the instance that have keys AWS knows.
    ///
    /// - Parameters:
    ///   - time: The time of the provider; that of ``clock`` if absent.
    ///   - isPatient: Whether sources of credentials may take their time, where the machine has much else to do.
    static func run(time: TimeSource? = nil, isPatient: Bool = true, _ body: (AWSScene) async throws -> Void)
        async throws
    {
        let clock = ManualClock()
        let time = time ?? TimeSource(clock) { epoch + clock.now.offset }
        let now: @Sendable () -> Duration = { time.sinceEpoch }
        let aws = AWSDouble(now: now)
        aws.addKey(id: keyID, secret: secretKey)
        let instance = InstanceMetadataDouble(now: now)
        let container = ContainerCredentialsDouble()
        try await DoubleServer.serve(aws) { services in
            try await DoubleServer.serve(instance) { metadata in
                try await DoubleServer.serve(container) { credentials in
                    let scene = try AWSScene(
                        (clock, time),
                        isPatient,
                        (aws, services.port),
                        (instance, metadata.port),
                        (container, credentials.port)
                    )
                    try await body(scene)
                    await scene.client.shutdown()
                }
            }
        }
    }

    private init(
        _ time: (clock: ManualClock, source: TimeSource),
        _ isPatient: Bool,
        _ aws: (double: AWSDouble, port: Int),
        _ instance: (double: InstanceMetadataDouble, port: Int),
        _ container: (double: ContainerCredentialsDouble, port: Int)
    ) throws {
        (clock, self.time) = (time.clock, time.source)
        (self.aws, self.instance, self.container) = (aws.double, instance.double, container.double)
        containerAddress = "http://127.0.0.1:\(container.port)"
        environment = Locked([
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:\(aws.port)",
            "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(aws.port)",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(instance.port)",
            // Never taken: they are those of somebody else.
            "AWS_ACCESS_KEY_ID": "AKIASOMEBODYELSE", "AWS_SECRET_ACCESS_KEY": "somebody/elses+key",
        ])
        directory = try TemporaryDirectory()
        let patience = Duration.seconds(60)
        transport = CountingTransport(
            client,
            metadata: isPatient
                ? MetadataClient(connectTimeout: patience, longestTimeout: patience) : MetadataClient(),
            metadataTimeout: isPatient ? patience : nil
        )
    }

    var pace: ScenePace { ScenePace(clock: clock) { [transport] in transport.isIdle } }

    var context: ProviderContext {
        let (events, observed, environment) = (events, observed, environment)
        return ProviderContext(
            transport: transport,
            metadata: transport,
            logger: log.logger,
            substitution: .forTests(observed) { name in environment.withLock { $0[name] } },
            masterKey: { () throws(SecretError) in throw SecretError(.providerConfigInvalid, "there is none") },
            homeDirectory: directory.path,
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
        _ auth: [String: ConfigNode.Value] = AWSScene.accessKey,
        region: String = "us-east-1",
        settings: [String: ConfigNode.Value] = [:]
    ) throws -> AWSSecretsManagerProvider {
        try makeProvider(
            AWSSecretsManagerDefinition(),
            ["region": .string(region), "auth": .map(auth)].merging(settings) { $1 }
        )
    }

    /// Hands out keys of the instance's role that AWS knows.
    func issueInstanceKeys(_ id: String, lifetime: Duration) {
        let (secret, token) = ("secret/of+\(id)", "token/of+\(id)==")
        let end = time.sinceEpoch + lifetime
        aws.addKey(id: id, secret: secret, token: token, expires: end)
        instance.issue(id, secret: secret, token: token, expires: end)
    }

    /// The ids of the keys that requests to Secrets Manager were signed with, in order.
    var keysUsed: [String] {
        aws.requests.filter { $0.header("x-amz-target") != nil }
            .compactMap { request in
                request.header("authorization").flatMap { $0.firstMatch(of: /Credential=(\w+)/) }.map { String($0.1) }
            }
    }
}
