import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Roles that are assumed at STS")
struct WebIdentityTests {
    private static let role = "arn:aws:iam::123456789012:role/app"
    /// Nobody signed it; its claims say for whom it is.
    private static let token =
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6ZGVmYXVsdDphcHAiLCJhdWQiOiJzdHMuYW1hem9uYXdzLmNvbSJ9.c2ln"

    private func run(_ body: (AWSScene, AWSSecretsManagerProvider) async throws -> Void) async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            scene.aws.addRole(arn: Self.role)
            scene.aws.expectWebIdentity(token: Self.token)
            _ = try scene.directory.write(Self.token + "\n", to: "token")
            scene.set("AWS_WEB_IDENTITY_TOKEN_FILE", scene.directory.path(of: "token"))
            scene.set("AWS_ROLE_ARN", Self.role)
            let provider = try scene.provider(AWSScene.iamRole)
            try await body(scene, provider)
            await provider.dispose()
        }
    }

    private func bodies(_ scene: AWSScene, _ action: String) -> [String] {
        scene.aws.requests.map { String(decoding: $0.body, as: UTF8.self) }.filter { $0.hasPrefix("Action=\(action)&") }
    }

    @Test("the token of the file is traded for keys, unsigned, and is read again each time")
    func life() async throws {
        try await run { (scene, provider) async throws in
            scene.set("AWS_ROLE_SESSION_NAME", "sess-1")
            #expect(await scene.start(provider) == nil)
            #expect(try await scene.read(provider, "app/db") == "x")
            let request = try #require(scene.aws.requests.first)
            #expect(request.header("authorization") == nil)
            #expect(request.header("content-type") == "application/x-www-form-urlencoded; charset=utf-8")
            let form = String(decoding: request.body, as: UTF8.self)
            #expect(
                Set(form.split(separator: "&").map(String.init))
                    == [
                        "Action=AssumeRoleWithWebIdentity", "Version=2011-06-15", "RoleSessionName=sess-1",
                        "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp", "WebIdentityToken=\(Self.token)",
                    ]
            )
            #expect(
                scene.log.lines.contains { $0.contains("has the keys of the role of the web identity, \(Self.role)") }
            )
            // The platform has replaced the token, and the old one is good no more.
            let next = Self.token + "2"
            _ = try scene.directory.write(next, to: "token")
            scene.aws.expectWebIdentity(token: next)
            try await scene.pace.advance(by: .seconds(2890), step: .seconds(10))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(bodies(scene, "AssumeRoleWithWebIdentity").count == 2)
            #expect(Set(scene.keysUsed).count == 2)
            #expect(scene.observed.withLock { $0.contains(SecretValue(next)) })
            #expect(scene.instance.requests.isEmpty)
        }
    }

    @Test("without a name of the session it is named after the provider")
    func sessionName() async throws {
        try await run { (scene, provider) async throws in
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(bodies(scene, "AssumeRoleWithWebIdentity").first?.contains("RoleSessionName=janee-awsProd") == true)
        }
    }

    @Test("an identity that is refused says what the token claims, never the token")
    func refusals() async throws {
        try await run { (scene, provider) async throws in
            scene.aws.expectWebIdentity(token: "another")
            let wrong = await scene.start(provider)
            #expect(wrong?.hasPrefix("PROVIDER_AUTH_FAILED: STS refuses the token") == true, "\(wrong ?? "")")
            #expect(wrong?.contains("its subject is 'system:serviceaccount:default:app'") == true)
            #expect(wrong?.contains(Self.token) == false)
            scene.pass(.seconds(10))
            scene.aws.expectWebIdentity(token: Self.token, expires: scene.time.sinceEpoch - .seconds(1))
            let expired = await scene.start(provider)
            #expect(expired?.contains("whatever writes the file does so no more") == true, "\(expired ?? "")")
            scene.pass(.seconds(20))
            scene.aws.expectWebIdentity(token: Self.token)
            scene.aws.set(
                .error(name: "IDPCommunicationError", message: "x", status: 400),
                action: "AssumeRoleWithWebIdentity"
            )
            #expect(await scene.start(provider)?.hasPrefix("PROVIDER_UNAVAILABLE") == true)
            scene.pass(.seconds(60))
            scene.aws.set(.error(name: "AccessDenied", message: "x", status: 403), action: "AssumeRoleWithWebIdentity")
            scene.aws.clearFaults()
            scene.aws.set(.error(name: "AccessDenied", message: "x", status: 403), action: "AssumeRoleWithWebIdentity")
            let denied = await scene.start(provider)
            #expect(denied?.hasPrefix("PROVIDER_AUTH_FAILED: STS does not give the role") == true, "\(denied ?? "")")
            scene.aws.clearFaults()
            scene.pass(.seconds(60))
            #expect(try await scene.read(provider, "app/db") == "x")
        }
    }

    @Test("half an identity is a mistake, and no other role is taken instead")
    func incomplete() async throws {
        try await run { (scene, provider) async throws in
            scene.issueInstanceKeys("ASIAINSTANCE", lifetime: .seconds(3600))
            for (name, value) in [
                ("AWS_ROLE_ARN", nil), ("AWS_WEB_IDENTITY_TOKEN_FILE", nil), ("AWS_ROLE_ARN", "bad"),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", scene.directory.path(of: "missing")), ("AWS_ROLE_SESSION_NAME", "a b"),
            ] as [(String, String?)] {
                let before = scene.environment.withLock { $0[name] }
                scene.set(name, value)
                let found = await scene.start(provider)
                #expect(found?.hasPrefix("PROVIDER_CONFIG_INVALID") == true, "\(name): \(found ?? "")")
                scene.set(name, before)
                scene.pass(.seconds(120))
            }
            #expect(scene.aws.requests.isEmpty && scene.instance.requests.isEmpty)
        }
    }

    // MARK: Assumed roles

    private static let first = "arn:aws:iam::210987654321:role/first"
    private static let second = "arn:aws:iam::222222222222:role/second"

    @Test("roles are assumed one after the other, each with the keys of the one before, and replaced in time")
    func chain() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            scene.aws.addRole(arn: Self.first, externalID: "ext-1")
            scene.aws.addRole(arn: Self.second, trusts: "arn:aws:sts::210987654321:assumed-role/first/")
            let provider = try scene.provider(
                settings: [
                    "assumeRole": .list([
                        .forTests(["roleArn": .string(Self.first), "externalId": .string("ext-1")]),
                        .forTests(["roleArn": .string(Self.second), "sessionName": .string("named")]),
                    ])
                ]
            )
            #expect(await scene.start(provider) == nil)
            #expect(try await scene.read(provider, "app/db") == "x")
            let calls = bodies(scene, "AssumeRole")
            #expect(calls.count == 2)
            #expect(calls[0].contains("ExternalId=ext-1") && calls[0].contains("RoleSessionName=janee-awsProd"))
            #expect(calls[1].contains("RoleSessionName=named") && !calls[1].contains("ExternalId"))
            #expect(scene.keysUsed.allSatisfy { $0.hasPrefix("ASIA") })
            let used = scene.keysUsed.last
            try await scene.pace.advance(by: .seconds(2900), step: .seconds(10))
            // Of two keepers, each of which is waited for by the other one's pause, the last one counts.
            try await scene.pace.until { scene.events.withLock { $0.count } >= 2 }
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.keysUsed.last != used)
            // Sessions that are ended are replaced, also one that has not been of use for a while.
            try await scene.pace.advance(by: .seconds(120), step: .seconds(10))
            scene.aws.expireSessions()
            #expect(try await scene.read(provider, "app/db") == "x")
            await provider.dispose()
        }
    }

    @Test("one role may be written without a list; one that may not be assumed fails as a login does")
    func refusedRole() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            scene.aws.addRole(arn: Self.first, externalID: "ext-1")
            for role in [
                ["roleArn": .string(Self.first)], ["roleArn": .string(Self.second)],
                ["roleArn": .string(Self.first), "externalId": .string("other")],
            ] as [[String: ConfigNode.Value]] {
                let provider = try scene.provider(settings: ["assumeRole": .map(role)])
                let found = await scene.start(provider)
                #expect(
                    found?.hasPrefix("PROVIDER_AUTH_FAILED: the configured access key may not assume") == true,
                    "\(found ?? "")"
                )
                await provider.dispose()
            }
            let provider = try scene.provider(
                settings: ["assumeRole": .map(["roleArn": .string(Self.first), "externalId": .string("ext-1")])]
            )
            #expect(await scene.start(provider) == nil)
            await provider.dispose()
        }
    }
}
