import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Access keys of AWS in the configuration")
struct AccessKeyTests {
    @Test("a session token is sent and signed, and what was replaced in its file is read again")
    func replaced() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            scene.aws.addKey(id: "ASIAFIRST", secret: "first/secret", token: "first/+token==")
            for (name, text) in [("id", "ASIAFIRST"), ("secret", "first/secret\n"), ("token", "first/+token==\n")] {
                _ = try scene.directory.write(text, to: name)
            }
            let file = { ConfigNode.Value.string("${file:\(scene.directory.path(of: $0))}") }
            let provider = try scene.provider([
                "method": .string("access-key"), "accessKeyId": file("id"), "secretAccessKey": file("secret"),
                "sessionToken": file("token"),
            ])
            #expect(await scene.start(provider) == nil)
            #expect(scene.aws.count("GetCallerIdentity") == 1)
            #expect(try await scene.read(provider, "app/db") == "x")
            let request = try #require(scene.aws.requests.last)
            #expect(request.header("x-amz-security-token") == "first/+token==")
            #expect(
                request.header("authorization")?
                    .contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target") == true
            )
            scene.aws.removeKey(id: "ASIAFIRST")
            scene.aws.addKey(id: "ASIASECOND", secret: "second/secret", token: "second/+token==")
            for (name, text) in [("id", "ASIASECOND"), ("secret", "second/secret"), ("token", "second/+token==")] {
                _ = try scene.directory.write(text, to: name)
            }
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.keysUsed == ["ASIAFIRST", "ASIAFIRST", "ASIASECOND"])
            for value in ["first/secret", "first/+token==", "second/secret", "second/+token=="] {
                #expect(scene.observed.withLock { $0.contains(SecretValue(value)) }, "\(value)")
            }
            await provider.dispose()
        }
    }

    static let unusable: [(auth: [String: ConfigNode.Value], words: String)] = [
        (["accessKeyId": .string("AKI D")], "the access key id is none"),
        (["accessKeyId": .string("AK")], "the access key id is none"),
        (["secretAccessKey": .string("two words")], "holds blanks"),
        (["sessionToken": .string("two\nlines")], "holds blanks"),
        (["accessKeyId": .string("ASIATEMPORARY")], "needs its session token"),
        (["secretAccessKey": .string("${NOT_SET}")], "environment variable NOT_SET is not set"),
    ]

    @Test("what cannot be keys is refused without asking AWS", arguments: unusable)
    func impossible(auth: [String: ConfigNode.Value], words: String) async throws {
        try await AWSScene.run { scene in
            let provider = try scene.provider(AWSScene.accessKey.merging(auth) { $1 })
            let found = await scene.start(provider)
            #expect(found?.hasPrefix("PROVIDER_CONFIG_INVALID: ") == true, "\(found ?? "")")
            #expect(found?.contains(words) == true, "\(found ?? "")")
            #expect(scene.aws.requests.isEmpty)
            await provider.dispose()
        }
    }

    @Test("an STS that does not answer does not keep secrets from being read")
    func withoutSTS() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            scene.aws.set(.closeConnection, action: "GetCallerIdentity")
            let provider = try scene.provider()
            #expect(await scene.start(provider) == nil)
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(await provider.healthCheck().healthy == false)
            await provider.dispose()
        }
    }

    @Test("services are on this machine only if the environment says so, and never on another")
    func endpoints() async throws {
        try await AWSScene.run { scene in
            for name in ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_STS"] {
                let before = scene.environment.withLock { $0[name] }
                for address in ["https://192.0.2.1", "http://example.com", "127.0.0.1", "http://127.0.0.1:1/?x"] {
                    scene.set(name, address)
                    let error = #expect(throws: SecretError.self) { try scene.provider() }
                    #expect(error?.code == .providerConfigInvalid)
                    #expect(error?.detail.contains(name) == true && error?.detail.contains("192.0.2.1") == false)
                }
                scene.set(name, before)
            }
            let provider = try scene.provider()
            for name in ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_STS"] {
                #expect(scene.log.lines.contains { $0.contains(name) })
            }
            await provider.dispose()
        }
    }
}
