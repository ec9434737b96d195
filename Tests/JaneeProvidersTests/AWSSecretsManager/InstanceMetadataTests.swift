import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("The role of an instance of AWS")
struct InstanceMetadataTests {
    private func run(
        isPatient: Bool = true,
        _ body: (AWSScene, AWSSecretsManagerProvider) async throws -> Void
    ) async throws {
        try await AWSScene.run(isPatient: isPatient) { scene in
            scene.aws.put("app/db", string: "x")
            scene.issueInstanceKeys("ASIAFIRST", lifetime: .seconds(6 * 3600))
            let provider = try scene.provider(AWSScene.iamRole)
            try await body(scene, provider)
            await provider.dispose()
        }
    }

    private func targets(_ scene: AWSScene) -> [String] {
        scene.instance.requests.map { "\($0.method) \($0.target)" }
    }

    static let path = "/latest/meta-data/iam/security-credentials/"

    @Test(
        "is asked with a session token, as the SDK of AWS does, and its keys are used until most of their time is over"
    )
    func life() async throws {
        try await run { (scene, provider) async throws in
            #expect(await scene.start(provider) == nil)
            #expect(targets(scene) == ["PUT /latest/api/token", "GET \(Self.path)", "GET \(Self.path)app-role"])
            let first = try #require(scene.instance.requests.first)
            #expect(first.header("x-aws-ec2-metadata-token-ttl-seconds") == "21600")
            for request in scene.instance.requests.dropFirst() {
                #expect(request.header("x-aws-ec2-metadata-token")?.isEmpty == false)
            }
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(
                scene.log.lines.contains { $0.contains("has the keys of the role of the instance, app-role (IMDSv2)") }
            )
            #expect(scene.log.lines.contains { $0.contains("AWS_EC2_METADATA_SERVICE_ENDPOINT") })
            // Later ones are fetched at four fifths, without anybody waiting for them.
            scene.issueInstanceKeys("ASIASECOND", lifetime: .seconds(12 * 3600))
            try await scene.pace.advance(by: .seconds(6 * 3600 * 4 / 5 - 60), step: .seconds(600))
            #expect(try await scene.read(provider, "app/db") == "x")
            try await scene.pace.advance(by: .seconds(120), step: .seconds(30))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.keysUsed == ["ASIAFIRST", "ASIAFIRST", "ASIASECOND"])
        }
    }

    @Test("keys that come back with the same expiration are no failure, and are not asked for in haste")
    func sameKeys() async throws {
        try await run { (scene, provider) async throws in
            #expect(await scene.start(provider) == nil)
            #expect(try await scene.read(provider, "app/db") == "x")
            try await scene.pace.advance(by: .seconds(6 * 3600 * 4 / 5), step: .seconds(600))
            #expect(targets(scene).count { $0.hasSuffix("app-role") } == 2)
            // Again at four fifths of what is left, and so on until they have been replaced.
            try await scene.pace.advance(by: .seconds(6 * 3600 / 5 * 4 / 5), step: .seconds(10))
            #expect(targets(scene).count { $0.hasSuffix("app-role") } == 3)
            #expect(!scene.log.lines.contains { $0.contains("failed") })
            #expect(!scene.events.withLock { $0 }.contains { if case .failed = $0 { true } else { false } })
            scene.issueInstanceKeys("ASIASECOND", lifetime: .seconds(6 * 3600))
            try await scene.pace.advance(by: .seconds(700), step: .seconds(10))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.keysUsed.last == "ASIASECOND")
        }
    }

    @Test("an outage does not matter before the keys expire, and then they are used on, until there are others")
    func stability() async throws {
        try await run { (scene, provider) async throws in
            #expect(await scene.start(provider) == nil)
            #expect(try await scene.read(provider, "app/db") == "x")
            scene.instance.set(.status(503))
            try await scene.pace.advance(by: .seconds(6 * 3600 - 60), step: .seconds(300))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(!scene.log.lines.contains { $0.contains("used on") })
            // AWS goes on accepting keys that its instances cannot replace.
            scene.aws.addKey(id: "ASIAFIRST", secret: "secret/of+ASIAFIRST", token: "token/of+ASIAFIRST==")
            try await scene.pace.advance(by: .seconds(120), step: .seconds(1))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.log.lines.contains { $0.contains("used on") })
            // It is asked again after ten minutes and two to ten more, not sooner.
            scene.instance.clearRequests()
            try await scene.pace.advance(by: .seconds(600), step: .seconds(10))
            #expect(targets(scene).isEmpty)
            try await scene.pace.advance(by: .seconds(660), step: .seconds(10))
            #expect(!targets(scene).isEmpty)
            scene.instance.clearFaults()
            scene.issueInstanceKeys("ASIASECOND", lifetime: .seconds(6 * 3600))
            try await scene.pace.advance(by: .seconds(1300), step: .seconds(10))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.keysUsed == ["ASIAFIRST", "ASIAFIRST", "ASIAFIRST", "ASIASECOND"])
        }
    }

    @Test("expired keys that are handed out are used, as AWS may accept them; if it does not, that is an error")
    func expiredKeys() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            scene.issueInstanceKeys("ASIAOLD", lifetime: .seconds(-3600))
            let provider = try scene.provider(AWSScene.iamRole)
            #expect(await scene.start(provider) == nil)
            let refused = try await scene.read(provider, "app/db")
            #expect(refused.hasPrefix("PROVIDER_AUTH_FAILED"), "\(refused)")
            scene.aws.addKey(id: "ASIAOLD", secret: "secret/of+ASIAOLD", token: "token/of+ASIAOLD==")
            let other = try scene.provider(AWSScene.iamRole)
            #expect(try await scene.read(other, "app/db") == "x")
            await other.dispose()
            await provider.dispose()
        }
    }

    @Test("a session token that is refused is replaced once")
    func tokens() async throws {
        try await run { (scene, provider) async throws in
            #expect(await scene.start(provider) == nil)
            #expect(try await scene.read(provider, "app/db") == "x")
            scene.instance.forgetTokens()
            scene.issueInstanceKeys("ASIASECOND", lifetime: .seconds(6 * 3600))
            scene.aws.removeKey(id: "ASIAFIRST")
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(targets(scene).count { $0.hasPrefix("PUT") } == 2)
            // It is not used for longer than it is good for.
            try await scene.pace.advance(by: .seconds(5 * 3600), step: .seconds(600))
            scene.issueInstanceKeys("ASIATHIRD", lifetime: .seconds(24 * 3600))
            try await scene.pace.advance(by: .seconds(3600), step: .seconds(60))
            #expect(targets(scene).count { $0.hasPrefix("PUT") } >= 2)
            #expect(try await scene.read(provider, "app/db") == "x")
        }
    }

    @Test("keys that AWS says have expired are replaced once, and the request is made again")
    func expiredSession() async throws {
        try await run { (scene, provider) async throws in
            #expect(await scene.start(provider) == nil)
            #expect(try await scene.read(provider, "app/db") == "x")
            scene.aws.expireSessions()
            scene.issueInstanceKeys("ASIASECOND", lifetime: .seconds(6 * 3600))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.keysUsed == ["ASIAFIRST", "ASIAFIRST", "ASIASECOND"])
            scene.aws.expireSessions()
            let failed = try await scene.read(provider, "app/db")
            #expect(failed.hasPrefix("PROVIDER_AUTH_FAILED"), "\(failed)")
        }
    }

    static let outages: [(fault: MetadataFault, words: String)] = [
        (.status(404), "PROVIDER_AUTH_FAILED: the instance metadata service gives no token (status 404)"),
        (.status(403), "PROVIDER_AUTH_FAILED: the instance metadata service gives no token (status 403)"),
        (.status(500), "PROVIDER_UNAVAILABLE: the instance metadata service failed"),
        (.closeConnection, "PROVIDER_UNAVAILABLE: the instance metadata service does not answer"),
        (.hang, "PROVIDER_UNAVAILABLE: the instance metadata service does not answer"),
    ]

    @Test("without a service there are no keys, those of the environment least of all", arguments: outages)
    func failures(fault: MetadataFault, words: String) async throws {
        try await run(isPatient: fault != .hang) { (scene, provider) async throws in
            scene.instance.set(fault)
            let found = await scene.start(provider)
            #expect(found?.hasPrefix(words) == true, "\(found ?? "")")
            if fault == .hang { #expect(found?.contains("hop-limit") == true) }
            // The first version of the service, which wants no token, is never asked.
            #expect(targets(scene).allSatisfy { $0.hasPrefix("PUT") })
            guard fault != .hang else { return }
            #expect(targets(scene).count == (fault == .status(404) || fault == .status(403) ? 1 : 3))
            scene.instance.clearFaults()
            scene.pass(.seconds(2))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.keysUsed == ["ASIAFIRST"])
        }
    }

    @Test("an instance without a role, and one whose role has no keys, say so")
    func roles() async throws {
        try await run { (scene, provider) async throws in
            scene.instance.role = nil
            let none = await scene.start(provider)
            #expect(none?.hasPrefix("PROVIDER_AUTH_FAILED: the instance has no role") == true, "\(none ?? "")")
            scene.instance.role = "app-role"
            scene.instance.code = "AssumeRoleUnauthorizedAccess"
            scene.pass(.seconds(10))
            let refused = await scene.start(provider)
            #expect(
                refused?.hasPrefix("PROVIDER_AUTH_FAILED: what offers the role of the instance") == true,
                "\(refused ?? "")"
            )
            #expect(refused?.contains("Unauthorized") == false)
        }
    }

    @Test("it is not asked where the environment forbids that, or names another place")
    func forbidden() async throws {
        try await run { (scene, provider) async throws in
            for (name, value) in [
                ("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://192.0.2.1"),
                ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "https://127.0.0.1:1"),
            ] {
                let before = scene.environment.withLock { $0[name] }
                scene.set(name, value)
                let found = await scene.start(provider)
                #expect(found?.hasPrefix("PROVIDER_CONFIG_INVALID") == true, "\(found ?? "")")
                #expect(found?.contains(name) == true && found?.contains("192.0.2.1") == false)
                scene.set(name, before)
                scene.pass(.seconds(120))
            }
            #expect(targets(scene).isEmpty)
        }
    }
}
