import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("The role of a container of AWS")
struct ContainerCredentialsTests {
    private static let path = "/v1/credentials?a=b"

    private func run(
        _ body: (AWSScene, AWSSecretsManagerProvider) async throws -> Void
    ) async throws {
        try await AWSScene.run { scene in
            scene.aws.put("app/db", string: "x")
            scene.container.path = Self.path
            scene.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", scene.containerAddress + Self.path)
            issue("ASIAFIRST", scene)
            let provider = try scene.provider(AWSScene.iamRole)
            try await body(scene, provider)
            await provider.dispose()
        }
    }

    private func issue(_ id: String, _ scene: AWSScene) {
        let (secret, token) = ("secret/of+\(id)", "token/of+\(id)==")
        let end = scene.time.sinceEpoch + .seconds(3600)
        scene.aws.addKey(id: id, secret: secret, token: token, expires: end)
        scene.container.issue(id, secret: secret, token: token, expires: end)
    }

    @Test("is asked where the environment says, with the token of the environment")
    func environment() async throws {
        try await run { (scene, provider) async throws in
            scene.container.authorization = "Basic ecs-token-1"
            scene.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic ecs-token-1")
            #expect(try await scene.read(provider, "app/db") == "x")
            let request = try #require(scene.container.requests.first)
            #expect(request.method == "GET" && request.target == Self.path)
            #expect(request.header("authorization") == "Basic ecs-token-1")
            #expect(request.header("accept") == "application/json")
            #expect(scene.keysUsed == ["ASIAFIRST"])
            #expect(scene.log.lines.contains { $0.contains("has the keys of the role of the container") })
            #expect(scene.instance.requests.isEmpty)
            #expect(scene.observed.withLock { $0.contains(SecretValue("Basic ecs-token-1")) })
        }
    }

    @Test("a token in a file counts more, and is read again each time")
    func file() async throws {
        try await run { (scene, provider) async throws in
            scene.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-environment")
            scene.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", scene.directory.path(of: "token"))
            _ = try scene.directory.write("eks-token-1\n", to: "token")
            scene.container.authorization = "eks-token-1"
            #expect(try await scene.read(provider, "app/db") == "x")
            _ = try scene.directory.write("eks-token-2", to: "token")
            scene.container.authorization = "eks-token-2"
            issue("ASIASECOND", scene)
            try await scene.pace.advance(by: .seconds(2890), step: .seconds(10))
            #expect(try await scene.read(provider, "app/db") == "x")
            #expect(scene.keysUsed == ["ASIAFIRST", "ASIASECOND"])
            #expect(scene.container.requests.map { $0.header("authorization") } == ["eks-token-1", "eks-token-2"])
        }
    }

    @Test(
        "a token that no header can hold is refused before anything is asked",
        arguments: ["", "a\nb", "a\r\nX-Evil: 1"]
    )
    func tokens(text: String) async throws {
        try await run { (scene, provider) async throws in
            scene.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", scene.directory.path(of: "token"))
            _ = try scene.directory.write(text, to: "token")
            let found = try await scene.read(provider, "app/db")
            #expect(found.hasPrefix("PROVIDER_CONFIG_INVALID: the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
            #expect(scene.container.requests.isEmpty)
        }
    }

    @Test("a wrong token, a source that fails and one that has no role are told apart")
    func failures() async throws {
        try await run { (scene, provider) async throws in
            scene.container.authorization = "right"
            scene.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "wrong")
            #expect(try await scene.read(provider, "app/db").hasPrefix("PROVIDER_AUTH_FAILED"))
            #expect(scene.container.requests.count == 1)
            scene.pass(.seconds(10))
            scene.container.authorization = nil
            scene.container.set(.status(500))
            scene.container.clearRequests()
            #expect(try await scene.read(provider, "app/db").hasPrefix("PROVIDER_UNAVAILABLE"))
            #expect(scene.container.requests.count == 3)
            scene.pass(.seconds(10))
            scene.container.set(.status(429))
            #expect(try await scene.read(provider, "app/db").hasPrefix("PROVIDER_RATE_LIMITED"))
            scene.container.clearFaults()
            scene.pass(.seconds(60))
            #expect(try await scene.read(provider, "app/db") == "x")
        }
    }

    @Test(
        "only the hosts of the platforms and this machine are asked without TLS",
        arguments: [
            "http://192.0.2.1/x", "http://169.254.169.254/x", "http://169.254.170.2:81/x", "http://example.com/x",
            "ftp://127.0.0.1/x", "127.0.0.1/x", "http://127.0.0.1:1/x#y", "http://user@127.0.0.1:1/x",
        ]
    )
    func hosts(address: String) async throws {
        try await run { (scene, provider) async throws in
            scene.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", address)
            let found = try await scene.read(provider, "app/db")
            #expect(found.hasPrefix("PROVIDER_CONFIG_INVALID: AWS_CONTAINER_CREDENTIALS_FULL_URI"), "\(found)")
            #expect(scene.container.requests.isEmpty && scene.instance.requests.isEmpty)
        }
    }
}
