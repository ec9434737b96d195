import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("The Azure provider keeps the promises of providers")
struct AzureKeyVaultConformanceTests {
    @Test("it passes every conformance test for what cannot be written")
    func passes() async throws {
        try await AzureScene.run(time: .system) { scene in
            let canaries = SecretCanary.ofEveryShape()
                .filter { canary in canary.value.withBytes { String(validating: $0, as: UTF8.self) != nil } }
            #expect(canaries.count > 3)
            for canary in canaries { scene.vault.put("mcp-\(canary.shape)", canary.value.text) }
            let secrets = canaries.map(\.value) + [SecretValue("daemon-app-secret")]
            let reference = try SecretReference(path: "mcp-\(canaries[0].shape)")
            let faults: [(String, KeyVaultDouble.Fault, SecretError.Code)] = [
                ("a failure of the service", .serverError(503), .providerUnavailable),
                ("a rate limit", .throttled(header: "Retry-After", value: "60"), .providerRateLimited),
                ("a page of a proxy", .html200(canary: canaries[0].value.text), .providerInternalError),
                ("a connection that ends", .closeConnection, .providerUnavailable),
                (
                    "an error that quotes", .forbidden(inner: "ForbiddenByRbac", message: canaries[0].value.text),
                    .providerPermissionDenied
                ),
            ]
            let tests = ProviderConformanceTests(
                existing: try canaries.map { .init(try SecretReference(path: "mcp-\($0.shape)"), $0.value) },
                missing: [try SecretReference(path: "missing"), try SecretReference(path: "missing-too")],
                scratch: try SecretReference(path: "scratch"),
                store: { reference, value in scene.vault.put(reference.path, value.text) },
                holdsOnlyText: true,
                faults: faults.map { name, fault, code in
                    .init(name, reference: reference, code: code, secrets: secrets) {
                        scene.vault.clearFaults()
                        scene.vault.set(fault, count: 4)
                        return try scene.provider()
                    }
                },
                makeProvider: {
                    scene.vault.clearFaults()
                    return try scene.provider()
                }
            )
            let results = await tests.run()
            #expect(results.count > 15)
            for result in results { #expect(result.passed, "\(result)") }
        }
    }
}
