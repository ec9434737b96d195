import JaneeProviders
import JaneeSecrets
import JaneeSecretsTesting
import Testing

@Suite("The environment provider keeps the promises of providers")
struct EnvironmentConformanceTests {
    @Test("it passes every conformance test that is not about writing")
    func conformance() async throws {
        let canaries = SecretCanary.ofEveryShape().filter { $0.text != nil }
        let variables = Dictionary(
            uniqueKeysWithValues: canaries.enumerated().map { ("KEY_\($0.offset)", $0.element.text ?? "") }
        )
        let section = try #require(ConfigSection.forTests(["prefix": .string("KEY_")]))
        let tests = ProviderConformanceTests(
            existing: try canaries.enumerated().map { .init(try reference("\($0.offset)"), $0.element.value) },
            missing: [try reference("MISSING")]
        ) {
            try EnvironmentProviderDefinition()
                .makeProvider(
                    name: try #require(ProviderName("container")),
                    configuration: section,
                    context: .forTests(key: Store.key, log: LogRecorder(), variables: variables)
                )
        }
        let results = await tests.run()
        for result in results { #expect(result.passed, "\(result)") }
        #expect(results.filter(\.skipped).allSatisfy { $0.message.contains("writ") || $0.message.contains("scratch") })
    }
}
