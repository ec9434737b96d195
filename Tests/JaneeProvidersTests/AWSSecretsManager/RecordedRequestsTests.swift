import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Requests are those that the SDK of AWS was recorded to make")
struct RecordedRequestsTests {
    private func json(_ request: DoubleRequest) throws -> JSONValue { try JSONReader.parse(request.body) }

    @Test("with an access key, and with a session token and a version")
    func accessKey() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x", id: "11111111-1111-1111-1111-111111111111")
            let plain = try scene.provider()
            _ = try await scene.read(plain, "app/db")
            let first = try #require(try RecordedAWSRequest.below("GetSecretValue, static keys").first)
            let ours = try #require(scene.aws.requests.last)
            #expect(first.hasShape(of: ours) && first.target == ours.target)
            #expect(try json(ours) == (try JSONReader.parse(first.body)))
            for name in ["x-amz-target", "content-type"] { #expect(ours.header(name) == first.headers[name]) }

            scene.aws.addKey(id: "ASIATEMP", secret: "secret", token: "sess/+=tok")
            let temporary = try scene.provider([
                "method": .string("access-key"), "accessKeyId": .string("ASIATEMP"),
                "secretAccessKey": .string("secret"),
                "sessionToken": .string("sess/+=tok"),
            ])
            _ = try await scene.read(temporary, "app/db", version: "11111111-1111-1111-1111-111111111111")
            let title = "GetSecretValue, static keys + session token, version id and stage"
            let second = try #require(try RecordedAWSRequest.below(title).first)
            let signed = try #require(scene.aws.requests.last)
            #expect(second.hasShape(of: signed))
            #expect(signed.header("x-amz-security-token") == second.headers["x-amz-security-token"])
            #expect(try json(signed)["VersionId"] == (try JSONReader.parse(second.body))["VersionId"])
            await plain.dispose()
            await temporary.dispose()
        }
    }

    @Test("to the metadata service of an instance")
    func instance() async throws {
        try await AWSScene.run { scene in
            scene.issueInstanceKeys("ASIAFIRST", lifetime: .seconds(3600))
            let provider = try scene.provider(AWSScene.iamRole)
            #expect(await scene.start(provider) == nil)
            let recorded = try RecordedAWSRequest.below("IMDSv2").prefix(3)
            let ours = scene.instance.requests
            #expect(recorded.map(\.target) == ours.map(\.target))
            for (theirs, our) in zip(recorded, ours) { #expect(theirs.hasShape(of: our), "\(theirs.target)") }
            #expect(
                ours.first?.header("x-aws-ec2-metadata-token-ttl-seconds")
                    == recorded.first?.headers["x-aws-ec2-metadata-token-ttl-seconds"]
            )
            await provider.dispose()
        }
    }

    @Test(
        "to what offers credentials to containers",
        arguments: ["ECS full URI + token env", "EKS pod identity: full URI + token file"]
    )
    func container(title: String) async throws {
        try await AWSScene.run { scene in
            let recorded = try #require(try RecordedAWSRequest.below(title).first)
            let token = try #require(recorded.headers["authorization"])
            scene.container.path = recorded.target
            scene.container.authorization = token
            scene.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", scene.containerAddress + recorded.target)
            if title.contains("file") {
                scene.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", scene.directory.path(of: "token"))
                _ = try scene.directory.write(token, to: "token")
            } else {
                scene.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", token)
            }
            scene.container.issue(
                "ASIACONTAINER",
                secret: "s",
                token: "t",
                expires: scene.time.sinceEpoch + .seconds(3600)
            )
            let provider = try scene.provider(AWSScene.iamRole)
            #expect(await scene.start(provider) == nil)
            let ours = try #require(scene.container.requests.first)
            #expect(recorded.hasShape(of: ours) && recorded.target == ours.target)
            #expect(ours.header("authorization") == token && ours.header("accept") == recorded.headers["accept"])
            await provider.dispose()
        }
    }

    @Test("to STS, for a web identity and for a role that is assumed")
    func tokens() async throws {
        try await AWSScene.run { scene in
            let role = "arn:aws:iam::123456789012:role/app"
            scene.aws.addRole(arn: role, externalID: "ext-1")
            let assuming = try scene.provider(
                settings: [
                    "assumeRole": .map([
                        "roleArn": .string(role), "externalId": .string("ext-1"), "sessionName": .string("sess-1"),
                    ])
                ]
            )
            #expect(await scene.start(assuming) == nil)
            let recorded = try RecordedAWSRequest.below("AssumeRole through a profile (source_profile)")
            let theirs = try #require(recorded.first { $0.body.hasPrefix("Action=AssumeRole&") })
            let ours = try #require(scene.aws.requests.last)
            #expect(theirs.hasShape(of: ours) && theirs.headers["content-type"] == ours.header("content-type"))
            compare(theirs, ours, except: ["RoleSessionName"])
            await assuming.dispose()

            let title = "web identity (AWS_ROLE_ARN + AWS_WEB_IDENTITY_TOKEN_FILE), session name env set"
            let identity = try #require(
                try RecordedAWSRequest.below(title).first { $0.body.hasPrefix("Action=AssumeRoleWithWebIdentity&") }
            )
            let token = try #require(RecordedAWSRequest.form(identity.body)["WebIdentityToken"])
            scene.aws.addRole(arn: role)
            scene.aws.expectWebIdentity(token: token)
            _ = try scene.directory.write(token, to: "token")
            scene.set("AWS_WEB_IDENTITY_TOKEN_FILE", scene.directory.path(of: "token"))
            scene.set("AWS_ROLE_ARN", role)
            scene.set("AWS_ROLE_SESSION_NAME", "sess-1")
            let provider = try scene.provider(AWSScene.iamRole)
            #expect(await scene.start(provider) == nil)
            let traded = try #require(scene.aws.requests.last)
            #expect(identity.hasShape(of: traded))
            compare(identity, traded)
            await provider.dispose()
        }
    }

    private func compare(_ theirs: RecordedAWSRequest, _ ours: DoubleRequest, except: Set<String> = []) {
        let form = RecordedAWSRequest.form(String(decoding: ours.body, as: UTF8.self))
        #expect(
            form.filter { !except.contains($0.key) }
                == RecordedAWSRequest.form(theirs.body).filter { !except.contains($0.key) }
        )
    }
}
