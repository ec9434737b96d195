import JaneeJSON
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("The Vault provider keeps the promises of providers")
struct HashiCorpVaultConformanceTests {
    @Test("it passes every conformance test for what cannot be written")
    func passes() async throws {
        try await VaultScene.run(time: .system) { scene in
            let canaries = SecretCanary.ofEveryShape().filter { $0.value.isText }
            #expect(canaries.count > 3)
            for canary in canaries { put(canary.value, "mcp/\(canary.shape)", scene.double) }
            let secrets = canaries.map(\.value) + [SecretValue(VaultScene.secretID)]
            let reference = try SecretReference(path: "mcp/\(canaries[0].shape)")
            let faults: [(String, VaultDouble.Fault, SecretError.Code)] = [
                ("a sealed server", .namespaceLocked503, .providerUnavailable),
                ("a rate limit", .rateLimited429(retryAfter: 60), .providerRateLimited),
                ("a page of a proxy", .html200(canary: VaultStatusTests.canary), .providerInternalError),
                ("a connection that ends", .closeConnection, .providerUnavailable),
            ]
            let tests = ProviderConformanceTests(
                existing: try canaries.map { .init(try SecretReference(path: "mcp/\($0.shape)"), $0.value) },
                missing: [try SecretReference(path: "mcp/missing"), try SecretReference(path: "mcp/missing/too")],
                scratch: try SecretReference(path: "mcp/scratch"),
                store: { reference, value in put(value, reference.displayPath, scene.double) },
                holdsOnlyText: true,
                faults: faults.map { name, fault, code in
                    .init(name, reference: reference, code: code, secrets: secrets) {
                        scene.double.clearFaults()
                        scene.double.set(fault, prefix: "/v1/secret", count: 4)
                        return try scene.provider()
                    }
                },
                makeProvider: {
                    scene.double.clearFaults()
                    return try scene.provider()
                }
            )
            let results = await tests.run()
            #expect(results.count > 15)
            for result in results { #expect(result.passed, "\(result)") }
            #expect(
                results.filter(\.skipped).allSatisfy { $0.message.contains("writ") },
                "\(results.filter(\.skipped))"
            )
        }
    }
}

private func put(_ value: SecretValue, _ path: String, _ double: VaultDouble) {
    double.write(path, ["value": .string(value.text)])
}

extension SecretValue {
    fileprivate var isText: Bool { withBytes { String(validating: $0, as: UTF8.self) != nil } }
}
