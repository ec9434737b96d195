import JaneeJSON
import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("What Vault's statuses mean")
struct VaultStatusTests {
    static let canary = "canary-of-a-page-1234567890"

    static let faults: [(fault: VaultDouble.Fault, code: SecretError.Code, words: String)] = [
        (.standby307(location: "https://other.example.com/v1/x"), .providerUnavailable, "redirects"),
        (.replica412, .providerUnavailable, "behind"),
        (.rateLimited429(retryAfter: 7), .providerRateLimited, "quota"),
        (.rateLimited429(retryAfter: nil), .providerRateLimited, "quota"),
        (.html200(canary: canary), .providerInternalError, "not JSON"),
        (.drSecondary472, .providerUnavailable, "disaster recovery"),
        (.perfStandby473, .providerUnavailable, "standby"),
        (.standby474, .providerUnavailable, "standby"),
        (.error500(canary), .providerUnavailable, "status 500"),
        (.noActiveNode500, .providerUnavailable, "status 500"),
        (.badGateway502, .providerUnavailable, "status 502"),
        (.namespaceLocked503, .providerUnavailable, "locked"),
        (.notInitialised501, .providerUnavailable, "not initialised"),
        (.closeConnection, .providerUnavailable, ""),
        (.truncated, .providerUnavailable, ""),
        (.garbage, .providerInternalError, "not what Vault"),
        (.huge, .providerInternalError, ""),
    ]

    @Test("a read that meets one has its code and repeats nothing of it", arguments: faults)
    func read(fault: VaultDouble.Fault, code: SecretError.Code, words: String) async throws {
        try await VaultScene.run { scene in
            scene.double.write("mcp/key", ["value": "the key of the test"])
            let provider = try scene.provider()
            try await provider.initialize()
            scene.double.set(fault, prefix: "/v1/secret")
            let reference = try SecretReference(path: "mcp/key")
            do throws(SecretError) {
                _ = try await provider.getSecret(reference)
                Issue.record("it was read")
            } catch {
                #expect(error.code == code)
                #expect(error.detail.contains(words), "\(error.detail)")
                if case .rateLimited429(let seconds) = fault {
                    #expect(error.retryAfter == seconds.map { .seconds($0) })
                }
                for text in [error.message, error.agentDescription, "\(error)"] {
                    #expect(!text.contains(Self.canary) && !text.contains("the key") && !text.contains("other.example"))
                }
            }
            // Half an answer never means "not found": nothing else was asked.
            #expect(scene.count(.reads) == 1)
            await provider.dispose()
        }
    }

    @Test("a login that meets one has its code", arguments: faults.filter { $0.fault != .garbage && $0.fault != .huge })
    func login(fault: VaultDouble.Fault, code: SecretError.Code, words: String) async throws {
        try await VaultScene.run { scene in
            let provider = try scene.provider()
            scene.double.set(fault, prefix: "/v1/auth")
            let error = await #expect(throws: SecretError.self) { try await provider.initialize() }
            #expect(error?.code == code, "\(error?.message ?? "")")
            #expect(error?.message.contains(Self.canary) == false)
            await provider.dispose()
        }
    }

    @Test(
        "standbys are healthy, and what cannot serve is not",
        arguments: [
            (VaultDouble.Fault.standby307(location: "https://other.example.com"), true, nil),
            (.perfStandby473, true, nil), (.drSecondary472, false, "disaster recovery"),
            (.notInitialised501, false, "not initialised"), (.badGateway502, false, "502"),
            (.html200(canary: canary), false, "not JSON"), (.closeConnection, false, nil),
        ] as [(VaultDouble.Fault, Bool, String?)]
    )
    func health(fault: VaultDouble.Fault, healthy: Bool, words: String?) async throws {
        try await VaultScene.run { scene in
            let provider = try scene.provider()
            try await provider.initialize()
            scene.double.set(fault, prefix: "/v1/sys/health")
            let health = await provider.healthCheck()
            #expect(health.healthy == healthy, "\(health)")
            if let words { #expect(health.error?.contains(words) == true, "\(health)") }
            #expect(health.error?.contains(Self.canary) != true)
            #expect(scene.count(.reads) == 0)
            await provider.dispose()
        }
    }

    @Test(
        "a clock that differs is reported",
        arguments: [(120, "ahead of"), (-120, "behind"), (10, nil)] as [(Int64, String?)]
    )
    func skew(seconds: Int64, words: String?) async throws {
        var settings = VaultDouble.Settings()
        settings.healthSkew = seconds
        try await VaultScene.run(settings: settings) { scene in
            let provider = try scene.provider()
            let health = await provider.healthCheck()
            #expect(health.healthy)
            #expect(health.notice?.contains(words ?? "") == (words == nil ? nil : true), "\(health)")
            await provider.dispose()
        }
    }

    @Test(
        "a server that does not speak with the right certificate is a mistake of the configuration",
        arguments: [true, false]
    )
    func certificate(expired: Bool) async throws {
        let certificate = expired ? TestCertificates.expired : TestCertificates.wrongHost
        try await VaultScene.run(tls: .init(certificate: certificate)) { scene in
            let provider = try scene.provider()
            let error = await #expect(throws: SecretError.self) { try await provider.initialize() }
            #expect(error?.code == .providerConfigInvalid)
            #expect(scene.double.requestCount == 0)
        }
    }

    @Test("policies are asked whether they allow a reference, and no value is read")
    func probe() async throws {
        try await VaultScene.run { scene in
            scene.double.write("mcp/key", ["value": "x"])
            let provider = try scene.provider()
            #expect(try await provider.probe(try SecretReference(path: "mcp/key")) == nil)
            #expect(try await provider.probe(try SecretReference(path: "mcp/not/there")) == nil)
            let reference = try SecretReference(path: "elsewhere/key")
            let error = await #expect(throws: SecretError.self) { try await provider.probe(reference) }
            #expect(error?.code == .providerPermissionDenied)
            #expect(scene.count(.reads) == 0)
            #expect(scene.count(.capabilities) == 3)
            await provider.dispose()
        }
    }

    @Test(
        "paths that Vault cannot have are refused before anything is asked",
        arguments: [
            ("a..b", nil, nil), ("a/b.", nil, nil), ("a", "0", nil), ("a", "-1", nil), ("a", "latest", nil),
            ("a", "01", nil), ("one", nil, "field"),
        ] as [(String, String?, String?)]
    )
    func paths(path: String, version: String?, layout: String?) throws {
        let values: [String: ConfigNode.Value] = layout.map { ["layout": .string($0)] } ?? [:]
        let section = try #require(ConfigSection.forTests(values))
        let reference = try SecretReference(path: path, version: version)
        let error = #expect(throws: SecretError.self) {
            try HashiCorpVaultDefinition().validate(reference, configuration: section)
        }
        #expect(error?.code == .invalidSecretURI)
    }
}
