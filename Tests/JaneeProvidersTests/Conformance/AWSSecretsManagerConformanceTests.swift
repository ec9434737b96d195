import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("The AWS provider keeps the promises of providers")
struct AWSSecretsManagerConformanceTests {
    @Test("it passes every conformance test for what cannot be written")
    func passes() async throws {
        try await AWSScene.run(time: .system) { scene in
            let canaries = SecretCanary.ofEveryShape().filter { $0.value.isText }
            #expect(canaries.count > 3)
            for canary in canaries { scene.aws.put("mcp/\(canary.shape)", string: canary.value.text) }
            let secrets = canaries.map(\.value) + [SecretValue(AWSScene.secretKey)]
            let reference = try SecretReference(path: "mcp/\(canaries[0].shape)")
            let faults: [(String, AWSDouble.Fault, SecretError.Code)] = [
                ("a failure of the service", .internalServiceError, .providerUnavailable),
                ("a rate limit", .throttling(retryAfter: 60), .providerRateLimited),
                ("a page of a proxy", .html200(canary: canaries[0].value.text), .providerInternalError),
                ("a connection that ends", .closeConnection, .providerUnavailable),
                (
                    "an error that quotes",
                    .error(name: "AccessDeniedException", message: canaries[0].value.text, status: 400),
                    .providerPermissionDenied
                ),
            ]
            let tests = ProviderConformanceTests(
                existing: try canaries.map { .init(try SecretReference(path: "mcp/\($0.shape)"), $0.value) },
                missing: [try SecretReference(path: "mcp/missing"), try SecretReference(path: "mcp/missing/too")],
                scratch: try SecretReference(path: "mcp/scratch"),
                store: { reference, value in scene.aws.put(reference.path, string: value.text) },
                holdsOnlyText: true,
                faults: faults.map { name, fault, code in
                    .init(name, reference: reference, code: code, secrets: secrets) {
                        scene.aws.clearFaults()
                        scene.aws.set(fault, action: "GetSecretValue", count: 4)
                        return try scene.provider()
                    }
                },
                makeProvider: {
                    scene.aws.clearFaults()
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

extension SecretValue {
    fileprivate var isText: Bool { withBytes { String(validating: $0, as: UTF8.self) != nil } }
}
