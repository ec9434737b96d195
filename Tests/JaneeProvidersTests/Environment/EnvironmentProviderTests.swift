import JaneeProviders
import JaneeSecrets
import Testing

@Suite("The environment provider")
struct EnvironmentProviderTests {
    private func provider(_ variables: [String: String], prefix: String? = nil) throws -> any SecretsProvider {
        var settings: [String: ConfigNode.Value] = [:]
        settings["prefix"] = prefix.map { .string($0) }
        return try EnvironmentProviderDefinition()
            .makeProvider(
                name: try #require(ProviderName("container")),
                configuration: try #require(ConfigSection.forTests(settings)),
                context: .forTests(key: Store.key, log: LogRecorder(), variables: variables)
            )
    }

    static let reads: [(prefix: String?, path: String, value: String?)] = [
        (nil, "STRIPE_KEY", "one"), (nil, "stripe_key", nil), (nil, "EMPTY", ""), (nil, "MISSING", nil),
        ("APP_", "KEY", "two"), ("APP_", "APP_KEY", nil), ("APP_", "KEY/", "two"),
    ]

    @Test("reads the variable of the path's name, after its prefix, exactly as it is written", arguments: reads)
    func read(_ read: (prefix: String?, path: String, value: String?)) async throws {
        let provider = try provider(["STRIPE_KEY": "one", "EMPTY": "", "APP_KEY": "two"], prefix: read.prefix)
        let path = try reference(read.path)
        #expect(try await provider.getSecret(path)?.text == read.value)
        #expect(try await provider.probe(path) == (read.value != nil))
    }

    static let refused: [(prefix: String?, path: String)] = [
        (nil, "a/b"), (nil, "1A"), (nil, "a-b"), (nil, "a.b"), (nil, "%C3%A9"), (nil, "a%3Db"),
        (nil, "JANEE_MASTER_KEY"), ("JANEE_", "MASTER_KEY"), ("JANEE", "_HOME"),
        (nil, String(repeating: "a", count: 256)),
    ]

    @Test(
        "refuses what no variable can be named, and Janee's own settings, at start and at every read",
        arguments: refused
    )
    func refusal(_ refused: (prefix: String?, path: String)) async throws {
        let path = try reference(refused.path)
        var settings: [String: ConfigNode.Value] = [:]
        settings["prefix"] = refused.prefix.map { .string($0) }
        let section = try #require(ConfigSection.forTests(settings))
        let provider = try provider(["JANEE_MASTER_KEY": "k"], prefix: refused.prefix)
        for error in [
            #expect(throws: SecretError.self) {
                try EnvironmentProviderDefinition().validate(path, configuration: section)
            },
            await #expect(throws: SecretError.self) { try await provider.getSecret(path) },
        ] {
            #expect(error?.code == .invalidSecretURI)
        }
    }

    @Test("does not give a value that is not text")
    func undecodable() async throws {
        let provider = try provider(["KEY": "a\u{FFFD}b"])
        let error = await #expect(throws: SecretError.self) { try await provider.getSecret(try reference("KEY")) }
        #expect(error?.code == .providerInternalError)
        #expect(error?.message.contains("a\u{FFFD}") == false)
    }

    @Test("accepts only a prefix that a name can start with")
    func prefix() {
        #expect(EnvironmentProviderDefinition().problems(["prefix": .string("APP_")]) == [])
        for prefix in ["1", "a-b", "", "a b"] {
            #expect(EnvironmentProviderDefinition().problems(["prefix": .string(prefix)]).count == 1)
        }
    }
}
