import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Reading secrets from Vault")
struct VaultReadTests {
    /// Secrets of every kind that the tables ask for.
    private func fill(_ double: VaultDouble) {
        double.write("mcp/agents/stripe", ["api-key": "of the field", "other": "x"])
        double.write("mcp/single", ["only": "the only one"])
        double.write("mcp/named", ["value": "by its name", "other": "x"])
        double.write("mcp/several", ["a": "1", "b": "2"])
        double.write("mcp/none", [:])
        double.write("mcp/empty", ["value": ""])
        double.write("mcp/types", ["n": 42, "b": true, "z": nil, "o": ["k": ["v", 1]]])
        double.write("mcp/sp%20ace/%C3%BC/100%25", ["value": "odd path"])
        double.write("mcp/what%3Fversion=9", ["value": "no query"])
        double.write("mcp/rotated", ["value": "first"])
        double.write("mcp/rotated", ["value": "second"])
        double.write("mcp/rotated", ["value": "third"])
        double.administer("POST", "secret/delete/mcp/rotated", ["versions": [2]])
        double.write("mcp/deleted", ["value": "x"])
        double.administer("DELETE", "secret/data/mcp/deleted")
        double.write("mcp/destroyed", ["value": "x"])
        double.administer("POST", "secret/destroy/mcp/destroyed", ["versions": [1]])
        double.mountKV("team/app/kv", version: 2)
        double.write("web", mount: "team/app/kv", ["value": "mount with slashes"])
        double.mountKV("kv1", version: 1)
        double.administer("POST", "kv1/mcp/app", ["password": "of version 1", "user": "x"])
        double.administer("POST", "kv1/mcp/data", ["data": "a field named data"])
        double.write("top", ["value": "not for us"])
    }

    static let noField = "SECRET_NOT_FOUND: the secret exists, the field does not"
    static let denied = "PROVIDER_PERMISSION_DENIED: a policy forbids reading it"

    static let paths: [(path: String, field: String?, version: String?, expected: String)] = [
        ("mcp/agents/stripe/api-key", nil, nil, "of the field"),
        ("mcp/single", nil, nil, "the only one"),
        ("mcp/named", nil, nil, "by its name"),
        ("mcp/empty", nil, nil, ""),
        ("mcp/agents/stripe/nothing", nil, nil, noField),
        ("mcp/nothing", nil, nil, "nil"),
        ("mcp/nothing/at/all", nil, nil, "nil"),
        ("mcp/none", nil, nil, "SECRET_NOT_FOUND: the secret has no fields"),
        ("mcp/agents/stripe", "api-key", nil, "of the field"),
        ("mcp/agents/stripe", "nothing", nil, noField),
        ("mcp/types/n", nil, nil, "42"), ("mcp/types/b", nil, nil, "true"),
        ("mcp/types/z", nil, nil, "SECRET_NOT_FOUND: the field is null"),
        ("mcp/types", "o", nil, #"{"k":["v",1]}"#),
        ("mcp/sp%20ace/%C3%BC/100%25", nil, nil, "odd path"),
        ("mcp/what%3Fversion%3D9", nil, nil, "no query"),
        ("mcp/rotated", nil, nil, "third"), ("mcp/rotated", nil, "1", "first"),
        ("mcp/rotated", "value", "1", "first"), ("mcp/rotated", nil, "99", "nil"),
        ("data/mcp/named", nil, nil, denied + "; the path begins with 'data/', which Janee adds itself: leave it out"),
        ("a..b", nil, nil, "INVALID_SECRET_URI: Vault has no paths that hold '..'"), ("top", nil, nil, denied),
    ]

    @Test("every path has its value or its reason", arguments: paths)
    func path(path: String, field: String?, version: String?, expected: String) async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let provider = try scene.provider()
            #expect(try await scene.read(provider, path, field: field, version: version) == expected)
            await provider.dispose()
        }
    }

    @Test(
        "what was deleted says when",
        arguments: [
            ("mcp/deleted", nil, "was deleted at 20"), ("mcp/rotated", "2", "was deleted at 20"),
            ("mcp/destroyed", nil, "was destroyed"),
        ] as [(String, String?, String)]
    )
    func deleted(path: String, version: String?, words: String) async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let provider = try scene.provider()
            let answer = try await scene.read(provider, path, version: version)
            #expect(answer.hasPrefix("SECRET_NOT_FOUND: the version \(words)"), "\(answer)")
            await provider.dispose()
        }
    }

    @Test("mounts with slashes, and KV version 1, with and without saying so")
    func mounts() async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let slashes = try scene.provider(settings: ["mountPath": .string("/team/app/kv/")])
            #expect(try await scene.read(slashes, "web") == "mount with slashes")
            for version in ["1", "auto", nil] {
                var settings: [String: ConfigNode.Value] = ["mountPath": .string("kv1")]
                if let version { settings["kvVersion"] = .string(version) }
                let provider = try scene.provider(settings: settings)
                scene.double.clearRequests()
                #expect(try await scene.read(provider, "mcp/app/password") == "of version 1")
                #expect(scene.count(.mounts) == (version == "1" ? 0 : 1))
                #expect(try await scene.read(provider, "mcp/data") == "a field named data")
                #expect(try await scene.read(provider, "mcp/nothing") == "nil")
                #expect(scene.count(.mounts) == (version == "1" ? 0 : 1))
                await provider.dispose()
            }
            await slashes.dispose()
        }
    }

    @Test("whoever reads from a mount of version 1 while its version is asked for waits for the answer")
    func versionAtOnce() async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let provider = try scene.provider(settings: ["mountPath": .string("kv1")])
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<16 { group.addTask { try await scene.read(provider, "mcp/app/password") } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(answers == ["of version 1"])
            await provider.dispose()
        }
    }

    @Test("a question for the version that gets no answer is no answer for the secret")
    func versionUnknown() async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let provider = try scene.provider(settings: ["mountPath": .string("kv1")])
            scene.double.set(.namespaceLocked503, prefix: "/v1/sys/internal", count: 1)
            #expect(try await scene.read(provider, "mcp/app/password").hasPrefix("PROVIDER_UNAVAILABLE"))
            #expect(try await scene.read(provider, "mcp/app/password") == "of version 1")
            await provider.dispose()
        }
    }

    @Test("a mount that is not there, not KV, or of another version is a mistake of the configuration")
    func wrongMounts() async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let auth: [String: ConfigNode.Value] = ["method": .string("token"), "token": .string("root")]
            let cases: [([String: ConfigNode.Value], String)] = [
                (["mountPath": .string("nowhere")], "nothing is mounted at 'nowhere'"),
                (["kvVersion": .string("1")], "the mount is KV version 2"),
                (["mountPath": .string("secret/data")], "the mountPath names something inside a mount"),
                (["mountPath": .string("sys")], "another engine than KV"),
            ]
            for (settings, words) in cases {
                let provider = try scene.provider(auth, settings: settings)
                let answer = try await scene.read(provider, "mcp/named/value")
                #expect(answer.hasPrefix("PROVIDER_CONFIG_INVALID: \(words)"), "\(answer)")
                await provider.dispose()
            }
        }
    }

    @Test("a path that repeats what Janee adds gets a hint")
    func hints() async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let provider = try scene.provider(["method": .string("token"), "token": .string("root")])
            #expect(try await scene.read(provider, "data/mcp/named").contains("begins with 'data/'"))
            #expect(try await scene.read(provider, "secret/mcp/named").contains("begins with the mount"))
            await provider.dispose()
        }
    }

    @Test("the layout that worked is remembered, and only that read is made")
    func sticky() async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let provider = try scene.provider()
            let (field, secret) = try (
                SecretReference(path: "mcp/agents/stripe/api-key"), SecretReference(path: "mcp/single")
            )
            #expect(provider.layout(of: field) == nil)
            for _ in 0..<3 {
                #expect(try await scene.read(provider, "mcp/single") == "the only one")
                #expect(try await scene.read(provider, "mcp/agents/stripe/api-key") == "of the field")
            }
            #expect(provider.layout(of: field) == "field")
            #expect(provider.layout(of: secret) == "secret")
            // The first read of the whole secret looked for the field before.
            #expect(scene.count(.reads) == 7)
            await provider.dispose()
        }
    }

    @Test("a layout that is set is the only one")
    func fixedLayout() async throws {
        try await VaultScene.run { scene in
            fill(scene.double)
            let field = try scene.provider(settings: ["layout": .string("field")])
            #expect(try await scene.read(field, "mcp/agents/stripe/api-key") == "of the field")
            #expect(try await scene.read(field, "mcp/single") == "nil")
            let secret = try scene.provider(settings: ["layout": .string("secret")])
            #expect(try await scene.read(secret, "mcp/single") == "the only one")
            #expect(try await scene.read(secret, "mcp/agents/stripe/api-key") == "nil")
            await field.dispose()
            await secret.dispose()
        }
    }

    @Test("requests carry the headers of the API, and a base path of the address is kept")
    func headers() async throws {
        var settings = VaultDouble.Settings()
        settings.pathPrefix = "/vault"
        settings.requireRequestHeader = true
        settings.namespacesEnabled = true
        try await VaultScene.run(settings: settings) { scene in
            let double = scene.double
            double.administer("POST", "sys/namespaces/team-a")
            double.administer(
                "POST",
                "sys/mounts/secret",
                ["type": "kv", "options": ["version": "2"]],
                namespace: "team-a"
            )
            double.write("mcp/x", ["value": "of the namespace"], namespace: "team-a")
            let token = double.issueToken(["policies": ["root"]])
            let provider = try scene.provider(
                ["method": .string("token"), "token": .string(token)],
                settings: ["namespace": .string("team-a")]
            )
            _ = try await scene.read(provider, "mcp/x")
            let requests = double.requests
            #expect(requests.contains { $0.namespace == "team-a" && $0.target.hasPrefix("/vault/v1/secret/data/") })
            #expect(requests.allSatisfy { $0.headerNames.map { $0.lowercased() }.contains("x-vault-request") })
            #expect(requests.allSatisfy { $0.headerNames.map { $0.lowercased() }.contains("user-agent") })
            await provider.dispose()
        }
    }
}
