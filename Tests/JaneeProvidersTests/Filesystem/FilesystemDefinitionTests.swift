import JaneeProviders
import JaneeSecrets
import Testing

@Suite("The configuration of filesystem providers")
struct FilesystemDefinitionTests {
    private let definition = FilesystemProviderDefinition()

    @Test("an absolute path or one under '~' is accepted", arguments: ["/srv/secrets", "~", "~/.janee/credentials"])
    func accepted(path: String) {
        #expect(definition.problems(["path": .string(path)]) == [])
    }

    @Test(
        "any other path is refused",
        arguments: [
            "secrets", "./secrets", "../secrets", "", "/srv/../etc", "~/../etc", "~other/secrets", "/srv/a\u{0}b",
        ]
    )
    func refused(path: String) {
        #expect(definition.problems(["path": .string(path)]).count == 1)
    }

    @Test("the path is required, and nothing else is known")
    func strict() {
        #expect(definition.problems([:]).count == 1)
        #expect(definition.problems(["path": .string("/a"), "masterKey": .string("b")]).count == 1)
        #expect(definition.problems(["path": .integer(3)]).count == 1)
    }

    @Test(
        "'~' is the user's home",
        arguments: [("~", "/home-of-user"), ("~/a/b", "/home-of-user/a/b"), ("/a/~", "/a/~"), ("~/", "/home-of-user")]
    )
    func home(written: String, path: String) throws {
        let context = ProviderContext.forTests(key: Store.key, log: LogRecorder(), home: "/home-of-user")
        let section = try #require(ConfigSection.forTests(["path": .string(written)]))
        let provider = try definition.makeProvider(name: .local, configuration: section, context: context)
        #expect((provider as? FilesystemProvider)?.path == path)
        #expect(provider.type == "filesystem")
        #expect(provider.name == .local)
    }

    @Test(
        "references that no file can have are refused offline",
        arguments: [(".janee-tmp-a", nil), (String(repeating: "a", count: 256), nil), ("a", "field")]
            as [(String, String?)]
    )
    func offline(path: String, field: String?) throws {
        let section = try #require(ConfigSection.forTests(["path": .string("/nowhere")]))
        let error = #expect(throws: SecretError.self) {
            try definition.validate(reference(path, field: field), configuration: section)
        }
        #expect(error?.code == .invalidSecretURI)
        #expect(throws: Never.self) { try definition.validate(reference("a/b"), configuration: section) }
    }
}
