import JaneeJSON
import JaneeSecrets
import JaneeSigV4
import JaneeTestSupport
import Testing

@testable import JaneeProviders

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Logging in to Vault with an identity of AWS")
struct VaultAWSLoginTests {
    private static let keyID = "AKIDEXAMPLE"
    private static let secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    private static let auth: [String: ConfigNode.Value] = [
        "method": .string("aws"), "role": .string("janee"), "serverId": .string("vault.example.com"),
        "credentials": .map([
            "method": .string("access-key"), "accessKeyId": .string(keyID), "secretAccessKey": .string(secretKey),
        ]),
    ]

    /// A server that asks an STS who has signed, in whose region `us-east-1` is.
    private func run(_ body: (VaultScene, AWSDouble) async throws -> Void) async throws {
        let now = Locked<@Sendable () -> Duration>({ VaultScene.epoch })
        let aws = AWSDouble { now.withLock { $0 }() }
        aws.addKey(id: Self.keyID, secret: Self.secretKey)
        var settings = VaultDouble.Settings()
        settings.tokenService = aws
        settings.iamServerID = "vault.example.com"
        try await VaultScene.run(settings: settings) { scene in
            now.withLock { $0 = { scene.time.sinceEpoch } }
            scene.double.administer("POST", "sys/auth/aws", ["type": "aws"])
            scene.double.administer(
                "POST",
                "auth/aws/role/janee",
                [
                    "bound_iam_principal_arn": "arn:aws:iam::123456789012:user/app", "token_policies": ["janee"],
                    "token_ttl": 600,
                ]
            )
            scene.double.write("mcp/key", ["value": "the key"])
            try await body(scene, aws)
        }
    }

    @Test("a signed request to STS proves who we are, and the keys stay here")
    func logIn() async throws {
        try await run { (scene, aws) async throws in
            let provider = try scene.provider(Self.auth)
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            let request = try #require(aws.requests.first)
            #expect(aws.requests.count == 1)
            #expect(request.header("host") == "sts.amazonaws.com")
            #expect(
                request.header("authorization")?
                    .contains("SignedHeaders=content-type;host;x-amz-date;x-vault-aws-iam-server-id") == true
            )
            #expect(String(decoding: request.body, as: UTF8.self) == "Action=GetCallerIdentity&Version=2011-06-15")
            await provider.dispose()
        }
    }

    @Test("a login is made anew in time, with a signature of its own time")
    func again() async throws {
        try await run { (scene, aws) async throws in
            let provider = try scene.provider(Self.auth)
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            scene.double.revokeAllTokens()
            try await scene.advance(by: .seconds(700), step: .seconds(10), isKept: false)
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            #expect(aws.requests.count >= 2)
            await provider.dispose()
        }
    }

    @Test("what STS or the server refuses is PROVIDER_AUTH_FAILED, with what to look at and without what they say")
    func refused() async throws {
        try await run { (scene, aws) async throws in
            let changes: [[String: ConfigNode.Value]] = [
                ["serverId": .string("another.example.com")], ["role": .string("nobody")],
                ["region": .string("eu-west-1")],
                [
                    "credentials": .map([
                        "method": .string("access-key"), "accessKeyId": .string(Self.keyID),
                        "secretAccessKey": .string("not/this+key"),
                    ])
                ],
            ]
            for change in changes {
                let provider = try scene.provider(Self.auth.merging(change) { $1 })
                let found = try await scene.read(provider, "mcp/key")
                #expect(found.hasPrefix("PROVIDER_AUTH_FAILED: "), "\(found)")
                #expect(!found.contains("Signature=") && !found.contains("arn:"), "\(found)")
                await provider.dispose()
            }
            #expect(!scene.log.lines.contains { $0.contains(Self.secretKey) || $0.contains("not/this+key") })
        }
    }

    @Test("the signature is that of the tools of AWS")
    func goldenVector() async throws {
        try await run { (scene, _) async throws in
            let auth = Self.auth.merging(["region": .string("us-east-1")]) { $1 }
            let section = try #require(ConfigSection.forTests(auth))
            let name = try #require(ProviderName("prodVault"))
            let clock = TimeSource(scene.clock) { .seconds(1_770_906_300) }
            let context = ProviderContext(
                transport: scene.context.transport,
                logger: scene.log.logger,
                substitution: scene.context.substitution,
                masterKey: scene.context.masterKey,
                homeDirectory: "/",
                time: clock
            )
            let login = try VaultAWSLogin(section, name, section, context)
            let body = login.body(
                signedWith: AWSCredentials(accessKeyID: Self.keyID, secretAccessKey: SecretValue(Self.secretKey))
            )
            let text = try #require(body["iam_request_headers"]?.stringValue.flatMap { Data(base64Encoded: $0) })
            let headers = try JSONReader.parse([UInt8](text))
            #expect(headers["X-Amz-Date"]?.arrayValue == ["20260212T142500Z"])
            #expect(
                headers["Authorization"]?.arrayValue == [
                    .string(
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260212/us-east-1/sts/aws4_request, "
                            + "SignedHeaders=content-type;host;x-amz-date;x-vault-aws-iam-server-id, "
                            + "Signature=7ff30b85c156fbc1aac5b97fa12247db39b3695ab483a41bb992c20c9b14cd2f"
                    )
                ]
            )
            #expect(body["iam_request_url"] == "aHR0cHM6Ly9zdHMudXMtZWFzdC0xLmFtYXpvbmF3cy5jb20v")
            #expect(body["iam_http_request_method"] == "POST" && body["role"] == "janee")
        }
    }
}
