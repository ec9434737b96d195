import JaneeProviders
import JaneeSecrets
import JaneeSecretsTesting
import JaneeTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("The filesystem provider keeps the promises of providers")
struct FilesystemConformanceTests {
    @Test("it passes every conformance test, and none is skipped")
    func conformance() async throws {
        let store = try Store()
        let canaries = SecretCanary.ofEveryShape()
        for canary in canaries {
            try await store.provider.setSecret(reference("team/\(canary.shape)"), value: canary.value)
        }
        let tests = ProviderConformanceTests(
            existing: try canaries.map { .init(try reference("team/\($0.shape)"), $0.value) },
            missing: [
                try reference("missing"), try reference("team/missing"), try reference("missing/missing"),
                try reference("team"),
                try reference("team/apiKey/deeper"),
            ],
            scratch: try reference("scratch/secret"),
            faults: try faults(store, canaries.map(\.value))
        ) {
            store.provider
        }
        let results = await tests.run()
        #expect(results.count == 28)
        for result in results { #expect(result.passed && !result.skipped, "\(result)") }
        #expect(try store.temporaryFiles() == [])
        #expect(FileStatus(store.file("scratch")) == .missing)
    }

    private func faults(_ store: Store, _ values: [SecretValue]) throws -> [ProviderConformanceTests.Fault] {
        let path = try reference("team/token")
        let otherKey = SecretCanary(.binary).bytes.prefix(32)
        let link = store.directory.path(of: "link")
        try #require(symlink(store.path, link) == 0)
        let file = try store.directory.write("", to: "file")
        try store.put("garbage".utf8, into: "garbage")
        return [
            .init(
                "another master key",
                reference: path,
                code: .providerInternalError,
                secrets: values + [SecretValue(otherKey), Store.key]
            ) { store.provider(key: SecretValue(otherKey)) },
            .init("a damaged file", reference: try reference("garbage"), code: .providerInternalError, secrets: values)
            {
                store.provider
            },
            .init("no directory", reference: path, code: .providerConfigInvalid, secrets: values) {
                store.provider(at: file)
            },
            .init("a link", reference: path, code: .providerConfigInvalid, secrets: values) {
                store.provider(at: link)
            },
        ]
    }
}
