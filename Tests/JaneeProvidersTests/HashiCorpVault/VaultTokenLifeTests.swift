import JaneeJSON
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("The life of a Vault token")
struct VaultTokenLifeTests {
    private static let denied = "PROVIDER_PERMISSION_DENIED: a policy forbids reading it"

    private func run(
        role: JSONObject = [:],
        _ body: (VaultScene) async throws -> Void
    ) async throws {
        try await VaultScene.run(role: role) { scene in
            scene.double.write("mcp/key", ["value": "the key"])
            scene.double.write("elsewhere/key", ["value": "not for us"])
            try await body(scene)
        }
    }

    /// Reads every second of the scene's time.
    private func read(_ scene: VaultScene, _ provider: HashiCorpVaultProvider, seconds: Int) async throws {
        for second in 0..<seconds {
            #expect(try await scene.read(provider, "mcp/key") == "the key", "after \(second) seconds")
            try await scene.advance(by: .seconds(1))
        }
    }

    @Test("it is renewed at four fifths of its life, and replaced where its bound comes near")
    func renewal() async throws {
        try await run(role: ["token_ttl": "10s", "token_max_ttl": "60s"]) { scene in
            let provider = try scene.provider()
            try await read(scene, provider, seconds: 120)
            // A renewal after 8 seconds each; a login for each minute, and one where the bound came near.
            #expect((2...4).contains(scene.count(.logins)), "\(scene.count(.logins)) logins")
            #expect((8...16).contains(scene.count(.renewals)), "\(scene.count(.renewals)) renewals")
            #expect(scene.count(.reads) == 121)
            await provider.dispose()
            // Whatever is still good of what was logged in for is given back.
            #expect((1...2).contains(scene.count(.revocations)))
        }
    }

    @Test("a periodic token is renewed for ever")
    func periodic() async throws {
        try await run(role: ["token_period": "10s"]) { scene in
            let provider = try scene.provider()
            try await read(scene, provider, seconds: 60)
            #expect(scene.count(.logins) == 1)
            #expect((6...8).contains(scene.count(.renewals)), "\(scene.count(.renewals)) renewals")
            await provider.dispose()
        }
    }

    @Test("a batch token is replaced by a login, not renewed and not revoked")
    func batch() async throws {
        try await run(role: ["token_type": "batch", "token_ttl": "10s"]) { scene in
            let provider = try scene.provider()
            try await read(scene, provider, seconds: 30)
            #expect((3...5).contains(scene.count(.logins)))
            #expect(scene.count(.renewals) == 0)
            await provider.dispose()
            #expect(scene.count(.revocations) == 0)
        }
    }

    @Test("the uses of a token are counted, and it is replaced when they are used up", arguments: [true, false])
    func uses(tells: Bool) async throws {
        try await run(role: ["token_num_uses": 3]) { scene in
            // Newer servers tell the number at the login.
            if tells { scene.double.set(.newServerTexts) }
            let provider = try scene.provider(settings: ["layout": .string("secret")])
            for _ in 0..<10 {
                #expect(try await scene.read(provider, "mcp/key") == "the key")
                try await scene.advance(by: .seconds(1), isKept: false)
            }
            #expect(scene.count(.logins) == 4)
            guard tells else { return await provider.dispose() }
            // No answer was a refusal: none of the reads met a token that was used up.
            #expect(scene.double.requests.allSatisfy { $0.status == 200 })
            #expect(scene.log.lines.contains { $0.contains("good for 3 more requests only") })
            await provider.dispose()
        }
    }

    @Test("without the default policy, renewal is refused and a login replaces it")
    func withoutDefaultPolicy() async throws {
        try await run(role: ["token_ttl": "10s", "token_no_default_policy": true]) { scene in
            let provider = try scene.provider()
            try await read(scene, provider, seconds: 30)
            #expect((3...5).contains(scene.count(.logins)), "\(scene.count(.logins)) logins")
            #expect(scene.count(.renewals) <= scene.count(.logins))
            // A refusal is told from a dead token although it may not look itself up.
            let logins = scene.count(.logins)
            #expect(try await scene.read(provider, "elsewhere/key") == Self.denied)
            #expect(scene.count(.logins) == logins)
            await provider.dispose()
        }
    }

    @Test("a token that was made by somebody else is renewed by the time that is left, and never revoked")
    func staticToken() async throws {
        try await run { scene in
            let token = scene.double.issueToken(["policies": ["janee"], "ttl": "100s"])
            scene.clock.advance(by: .seconds(50))
            let provider = try scene.provider(["method": .string("token"), "token": .string(token)])
            try await provider.initialize()
            #expect(scene.count(.lookups) == 1)
            // 80 % of the 50 seconds that are left.
            try await scene.advance(by: .seconds(39), step: .seconds(13))
            #expect(scene.count(.renewals) == 0)
            scene.clock.advance(by: .seconds(2))
            try await scene.until { scene.count(.renewals) == 1 }
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            await provider.dispose()
            #expect(scene.count(.revocations) == 0)
            #expect(scene.count(.logins) == 0)
        }
    }

    @Test("a token that never expires has no timer")
    func rootToken() async throws {
        try await run { scene in
            let provider = try scene.provider(["method": .string("token"), "token": .string("root")])
            try await provider.initialize()
            try await scene.advance(by: .seconds(86_400), step: .seconds(3600), isKept: false)
            #expect(scene.double.requestCount == 1)
            await provider.dispose()
        }
    }

    @Test("a token that may not look itself up is used as it is, with a warning")
    func silentToken() async throws {
        try await run { scene in
            let token = scene.double.issueToken(["policies": ["janee"], "no_default_policy": true])
            let provider = try scene.provider(["method": .string("token"), "token": .string(token)])
            try await provider.initialize()
            #expect(scene.log.lines.contains { $0.hasPrefix("warning") && $0.contains("may not look itself up") })
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            #expect(try await scene.read(provider, "elsewhere/key") == Self.denied)
            await provider.dispose()
        }
    }

    @Test(
        "after a restart the dead token is found out, and one login and one replay mend it",
        arguments: [nil, VaultDouble.Fault.newServerTexts, .openBaoTexts]
    )
    func restart(texts: VaultDouble.Fault?) async throws {
        try await run { scene in
            if let texts { scene.double.set(texts) }
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            try await scene.advance(by: .seconds(60), step: .seconds(60))
            scene.double.restart()
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<16 { group.addTask { try await scene.read(provider, "mcp/key") } }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(answers == Array(repeating: "the key", count: 16))
            #expect(scene.count(.logins) == 2)
            // Newer servers say it at once; others are asked once for all of them.
            #expect(scene.count(.lookups) == (texts == .newServerTexts ? 0 : 1))
            await provider.dispose()
        }
    }

    @Test("a policy that forbids is told from a dead token by one question in ten seconds, without a login")
    func policy() async throws {
        try await run { scene in
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            try await scene.advance(by: .seconds(5), step: .seconds(5))
            for _ in 0..<5 { #expect(try await scene.read(provider, "elsewhere/key") == Self.denied) }
            #expect(scene.count(.lookups) == 1)
            #expect(scene.count(.logins) == 1)
            try await scene.advance(by: .seconds(11), step: .seconds(11))
            #expect(try await scene.read(provider, "elsewhere/key") == Self.denied)
            #expect(scene.count(.lookups) == 2)
            await provider.dispose()
        }
    }

    @Test("a token that another node does not know yet is tried once more before it is doubted")
    func replicationLag() async throws {
        try await run { scene in
            scene.double.set(.replicationLag(milliseconds: 100), prefix: "/v1/secret")
            let provider = try scene.provider()
            async let answer = scene.read(provider, "mcp/key")
            #expect(try await answer == "the key")
            #expect(scene.count(.logins) == 1)
            #expect(scene.count(.lookups) == 0)
            await provider.dispose()
        }
    }

    @Test("sealing makes it unavailable, and after unsealing the same token serves")
    func seal() async throws {
        try await run { scene in
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            scene.double.seal()
            #expect(
                try await scene.read(provider, "mcp/key") == "PROVIDER_UNAVAILABLE: the server is sealed (status 503)"
            )
            let health = await provider.healthCheck()
            #expect(health == ProviderHealth(healthy: false, error: "the server is sealed"))
            scene.double.unseal()
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            #expect(await provider.healthCheck() == .healthy)
            #expect(scene.count(.logins) == 1)
            await provider.dispose()
        }
    }

    @Test("an outage over the token's end fails reads as unauthenticated, and ends with the outage")
    func outage() async throws {
        try await run(role: ["token_ttl": "10s", "token_max_ttl": "60s"]) { scene in
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            scene.double.seal()
            try await scene.advance(by: .seconds(5))
            #expect(try await scene.read(provider, "mcp/key").hasPrefix("PROVIDER_UNAVAILABLE"))
            try await scene.advance(by: .seconds(8))
            #expect(try await scene.read(provider, "mcp/key").hasPrefix("PROVIDER_AUTH_FAILED"))
            scene.double.unseal()
            try await scene.advance(by: .seconds(61))
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            await provider.dispose()
        }
    }

    @Test("a refused login for the next token pauses, although the old one still serves")
    func refusedWhileServing() async throws {
        try await run(role: ["token_type": "batch", "token_ttl": "1000s"]) { scene in
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            scene.double.administer("DELETE", "auth/approle/role/janee")
            scene.double.clearRequests()
            try await scene.advance(by: .seconds(790), step: .seconds(79))
            for _ in 0..<100 {
                try await scene.advance(by: .seconds(1))
                #expect(try await scene.read(provider, "mcp/key") == "the key")
            }
            #expect((2...8).contains(scene.count(.logins)), "\(scene.count(.logins)) logins")
            await provider.dispose()
        }
    }

    @Test("questions about a token count as its uses")
    func questionsCount() async throws {
        try await run(role: ["token_num_uses": 5]) { scene in
            scene.double.set(.newServerTexts)
            let provider = try scene.provider(settings: ["layout": .string("secret")])
            for _ in 0..<12 {
                #expect(try await scene.read(provider, "mcp/key") == "the key")
                #expect(try await scene.read(provider, "elsewhere/key") == Self.denied)
                try await scene.advance(by: .seconds(3), isKept: false)
            }
            await provider.dispose()
        }
    }

    @Test("whatever fails, there are few requests", arguments: ["refused", "sealed", "renewals refused", "denied"])
    func noStorm(script: String) async throws {
        try await run(role: ["token_ttl": "10s", "token_max_ttl": "60s"]) { scene in
            let provider = try scene.provider()
            #expect(try await scene.read(provider, "mcp/key") == "the key")
            switch script {
            case "refused": scene.double.set(.error500("permission denied"), prefix: "/v1/auth")
            case "sealed": scene.double.seal()
            case "renewals refused": scene.double.set(.error500("no"), prefix: "/v1/auth/token/renew")
            default: scene.double.administer("DELETE", "sys/policies/acl/janee")
            }
            scene.double.clearRequests()
            // Ten minutes without anybody who reads.
            try await scene.advance(by: .seconds(600), step: .seconds(1))
            #expect(scene.double.requestCount < 200, "\(scene.double.requestCount) requests")
            await provider.dispose()
        }
    }
}
