import DotenvProvider
import Foundation
import JaneeSecrets
import JaneeSecretsTesting
import Testing

@Suite("The promises of providers")
struct ConformanceTests {
    private static func write(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static func name() throws -> ProviderName { try #require(ProviderName("dotenv")) }

    @Test("are kept by the provider")
    func conformance() async throws {
        let canary = SecretCanary(.apiKey)
        let file = try Self.write("# comment\nSTRIPE=\(canary.text ?? "")\nEMPTY=\n")
        let broken = try Self.write("STRIPE \(canary.text ?? "")\n")
        defer { for path in [file, broken] { try? FileManager.default.removeItem(atPath: path) } }
        let stripe = try SecretReference(path: "STRIPE")
        let name = try Self.name()
        let tests = ProviderConformanceTests(
            existing: [.init(stripe, canary.value), .init(try SecretReference(path: "EMPTY"), SecretValue(""))],
            missing: [try SecretReference(path: "MISSING"), try SecretReference(path: "stripe")],
            faults: [
                .init("no file", reference: stripe, code: .providerConfigInvalid, secrets: [canary.value]) {
                    DotenvProvider(name: name, path: "/nowhere/.env")
                },
                .init("a broken file", reference: stripe, code: .providerInternalError, secrets: [canary.value]) {
                    DotenvProvider(name: name, path: broken)
                },
            ],
            makeProvider: { DotenvProvider(name: name, path: file) }
        )
        let results = await tests.run()
        #expect(results.count > 15)
        for result in results { #expect(result.passed, "\(result)") }
    }

    @Test("end lines with CR LF as well as with LF")
    func lineEnds() async throws {
        let file = try Self.write("# comment\r\nA=one\r\n\r\nB=two\nC=three")
        defer { try? FileManager.default.removeItem(atPath: file) }
        let provider = DotenvProvider(name: try Self.name(), path: file)
        for (name, value) in [("A", "one"), ("B", "two"), ("C", "three")] {
            let read = try await provider.getSecret(try SecretReference(path: name))
            #expect(read == SecretValue(value))
        }
    }

    /// A provider with two mistakes: it throws for what does not exist, and tells what it has read.
    private struct Broken: SecretsProvider {
        let name: ProviderName
        var type: String { "broken" }

        func initialize() async throws(SecretError) {}
        func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
            if reference.path == "STRIPE", reference.field == nil, reference.version == nil {
                return SecretValue("canary-value-of-stripe")
            }
            throw SecretError(.providerInternalError, "found only canary-value-of-stripe")
        }
        func healthCheck() async -> ProviderHealth { .healthy }
        func dispose() async {}
    }

    @Test("are tests that fail for a provider that breaks them")
    func brokenProvider() async throws {
        let name = try Self.name()
        let tests = ProviderConformanceTests(
            existing: [.init(try SecretReference(path: "STRIPE"), SecretValue("canary-value-of-stripe"))],
            missing: [try SecretReference(path: "MISSING")],
            makeProvider: { Broken(name: name) }
        )
        let failed = await tests.run().filter { !$0.passed }
        #expect(failed.contains { $0.name.contains("nil") || $0.name.contains("not exist") }, "\(failed)")
        #expect(failed.contains { $0.name.contains("hold no value") }, "\(failed)")
        for result in failed { #expect(!result.description.contains("canary-value")) }
    }
}
