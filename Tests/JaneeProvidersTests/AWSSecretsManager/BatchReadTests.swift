import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeProviders

@Suite("Reading many secrets of AWS at once")
struct BatchReadTests {
    private func references(_ paths: [String]) throws -> [SecretReference] {
        try paths.map { try SecretReference(path: $0) }
    }

    /// What was found, by path: the value or the code.
    private func read(_ provider: AWSSecretsManagerProvider, _ references: [SecretReference]) async -> [String: String]
    {
        let found = await provider.getSecrets(references) ?? [:]
        return Dictionary(
            found.map { reference, result in
                (reference.field.map { "\(reference.path)#\($0)" } ?? reference.path, result.words)
            }
        ) { $1 }
    }

    @Test("a hundred secrets take five requests, and each has its own value")
    func hundred() async throws {
        try await AWSScene.run { scene in
            let names = (0..<100).map { "app/\($0)" }
            for name in names { scene.aws.put(name, string: "value of \(name)") }
            let provider = try scene.provider()
            let found = await read(provider, try references(names))
            #expect(found == Dictionary(uniqueKeysWithValues: names.map { ($0, "value of \($0)") }))
            #expect(scene.aws.count("BatchGetSecretValue") == 5)
            #expect(scene.aws.count("GetSecretValue") == 0)
            await provider.dispose()
        }
    }

    @Test("errors are those of their secrets, fields share one secret, and versions are left to single reads")
    func mixed() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("a", string: #"{"k":"v","n":5}"#)
            scene.aws.put("gone", string: "x")
            scene.aws.delete("gone")
            scene.aws.put("locked", string: "x")
            scene.aws.denyKMS("locked")
            scene.aws.put("bin", binary: Array("text".utf8))
            scene.aws.put("by/arn", string: "found")
            let provider = try scene.provider()
            let arn = scene.aws.arn(of: "by/arn")
            var wanted = try references([
                "a", "nope", "gone", "locked", "bin", arn.replacing(":", with: "%3A"), "not%20possible",
            ])
            wanted += [
                try SecretReference(path: "a", field: "k"), try SecretReference(path: "a", field: "/n"),
                try SecretReference(path: "a", field: "x"), try SecretReference(path: "a", version: "AWSPREVIOUS"),
            ]
            #expect(
                await read(provider, wanted) == [
                    "a": #"{"k":"v","n":5}"#, "a#k": "v", "a#/n": "5", "a#x": "SECRET_NOT_FOUND",
                    "nope": "SECRET_NOT_FOUND", "gone": "SECRET_NOT_FOUND", "locked": "PROVIDER_PERMISSION_DENIED",
                    "bin": "text", arn: "found",
                ]
            )
            #expect(scene.aws.requests.count == 1)
            await provider.dispose()
        }
    }

    @Test("an answer in pages is read to its end")
    func pages() async throws {
        try await AWSScene.run { scene in
            let names = (0..<20).map { "app/\($0)" }
            for name in names { scene.aws.put(name, string: name) }
            scene.aws.batchPageSize = 3
            let provider = try scene.provider()
            #expect(await read(provider, try references(names)).count == 20)
            #expect(scene.aws.count("BatchGetSecretValue") == 7)
            await provider.dispose()
        }
    }

    @Test("without the permission secrets are read one by one, and it is not asked for again")
    func denied() async throws {
        try await AWSScene.run { scene in
            for name in ["a", "b", "c"] { scene.aws.put(name, string: name) }
            scene.aws.deny("secretsmanager:BatchGetSecretValue")
            let provider = try scene.provider()
            for _ in 0..<2 {
                #expect(
                    await read(provider, try references(["a", "b", "c", "d"]))
                        == ["a": "a", "b": "b", "c": "c", "d": "SECRET_NOT_FOUND"]
                )
            }
            #expect(scene.aws.count("BatchGetSecretValue") == 1)
            #expect(scene.aws.count("GetSecretValue") == 8)
            #expect(scene.log.lines.count { $0.contains("BatchGetSecretValue is not allowed") } == 1)
            await provider.dispose()
        }
    }

    @Test("a failure of the service is that of all, and nothing is made up")
    func failure() async throws {
        try await AWSScene.run { scene in
            scene.aws.put("a", string: "x")
            let provider = try scene.provider()
            scene.aws.set(.throttling(retryAfter: nil), action: "BatchGetSecretValue")
            #expect(
                await read(provider, try references(["a", "b"])) == [
                    "a": "PROVIDER_RATE_LIMITED", "b": "PROVIDER_RATE_LIMITED",
                ]
            )
            await provider.dispose()
        }
    }
}

extension Result<SecretValue, SecretError> {
    fileprivate var words: String {
        switch self {
        case .success(let value): value.withBytes { String(decoding: $0, as: UTF8.self) }
        case .failure(let error): error.code.rawValue
        }
    }
}
