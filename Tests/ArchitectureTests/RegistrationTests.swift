import Testing

/// Adding something takes a folder or a file, and one line in a list.
@Suite("Registration lists")
struct RegistrationTests {
    static let providers = Repository.directories(in: "Sources/JaneeProviders")
    static let authMethods = Repository.directories(in: "Sources/JaneeAuth")
    static let tools = Repository.files(below: "Sources/JaneeMCP/Tools", suffix: ".swift").filter { !$0.contains("+") }
    static let commands = Repository.files(below: "Sources/JaneeCLI/Commands", suffix: "Command.swift")

    /// The name of the type in the files of `path` that conforms to `conformance`, and its `type:`.
    static func declaration(_ conformance: String, in path: String) throws -> (name: String, type: String) {
        let pattern = try Regex<(Substring, Substring)>("struct (\\w+): \(conformance)\\b")
        for file in Repository.files(below: path, suffix: ".swift").map(SourceFile.init) {
            guard let name = file.text.firstMatch(of: pattern)?.output.1 else { continue }
            let type = file.text.firstMatch(of: /var type: String \{ "([a-z0-9-]+)" \}/)?.output.1
            return (String(name), String(try #require(type, "\(file) has no 'var type'")))
        }
        throw Missing("no struct conforms to \(conformance) in \(path)")
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    @Test("Every folder of JaneeProviders is in BuiltinProviders.swift", arguments: providers)
    func providerIsListed(_ folder: String) throws {
        let definition = try Self.declaration("ProviderDefinition", in: "Sources/JaneeProviders/\(folder)").name
        #expect(Repository.text("Sources/JaneeProviders/BuiltinProviders.swift").contains("\(definition)()"))
    }

    @Test("Every folder of JaneeAuth is in BuiltinAuthMethods.swift", arguments: authMethods)
    func authMethodIsListed(_ folder: String) throws {
        let method = try Self.declaration("AuthMethod", in: "Sources/JaneeAuth/\(folder)").name
        #expect(Repository.text("Sources/JaneeAuth/BuiltinAuthMethods.swift").contains("\(method)()"))
    }

    @Test("Every file of Tools is in ToolCatalog.swift", arguments: tools)
    func toolIsListed(_ path: String) throws {
        let file = SourceFile(path)
        let tool = try #require(file.text.firstMatch(of: /struct (\w+): MCPTool/)?.output.1, "\(file) declares no tool")
        #expect(Repository.text("Sources/JaneeMCP/ToolCatalog.swift").contains("\(tool)(environment: environment)"))
        #expect(path.hasSuffix("/\(tool).swift"))
    }

    @Test("Every command is in JaneeCommand.swift or in the list of the command above it", arguments: commands)
    func commandIsListed(_ path: String) throws {
        let name = try #require(path.split(separator: "/").last?.dropLast(".swift".count))
        let lists = (["Sources/JaneeCLI/JaneeCommand.swift"] + Self.commands).filter { $0 != path }
        #expect(SourceFile(path).text.contains("struct \(name): "))
        #expect(lists.contains { Repository.text($0).contains("\(name).self") }, "\(name) is in no list")
    }

    @Test("The lists are not empty")
    func listsAreSeen() {
        #expect(Self.providers.contains("Filesystem"))
        #expect(Self.authMethods.contains("Bearer"))
        #expect(Self.tools.count >= 3)
        #expect(Self.commands.count >= 10)
    }

    @Test("Every provider has a page and an example", arguments: providers)
    func providerIsDocumented(_ folder: String) throws {
        let type = try Self.declaration("ProviderDefinition", in: "Sources/JaneeProviders/\(folder)").type
        let index = Repository.text("docs/providers/README.md")
        let row = try #require(index.split(separator: "\n").first { $0.hasPrefix("| `\(type)`") }, "\(type) has no row")
        let page = try #require(row.firstMatch(of: /\]\(([a-z-]+\.md)\)/)?.output.1)
        #expect(Repository.text("docs/providers/\(page)").contains("type: \(type)"), "docs/providers/\(page)")
        let examples = Repository.files(below: "Examples/providers", suffix: ".yaml")
        #expect(examples.contains { Repository.text($0).contains("type: \(type)") }, "no example has type: \(type)")
    }

    @Test("Every auth type has a page and an example", arguments: authMethods)
    func authMethodIsDocumented(_ folder: String) throws {
        let type = try Self.declaration("AuthMethod", in: "Sources/JaneeAuth/\(folder)").type
        #expect(Repository.text("docs/auth/\(type).md").contains("type: \(type)"), "docs/auth/\(type).md")
        #expect(Repository.text("Examples/auth/\(type).yaml").contains("type: \(type)"), "Examples/auth/\(type).yaml")
    }

    @Test("Every provider passes the conformance tests", arguments: providers)
    func providerIsConformant(_ folder: String) throws {
        let sources = Repository.files(below: "Sources/JaneeProviders/\(folder)", suffix: ".swift").map(SourceFile.init)
        let implementation = sources.lazy.compactMap { file in
            file.text.firstMatch(of: /(\w+): (?:Writable)?SecretsProvider\b/)?.output.1
        }
        let provider = try #require(implementation.first, "no provider in Sources/JaneeProviders/\(folder)")
        let tests = Repository.files(below: "Tests/JaneeProvidersTests/Conformance", suffix: ".swift")
            .map(SourceFile.init)
        #expect(
            tests.contains { $0.text.contains("ProviderConformanceTests(") && $0.path.contains("/\(folder)") },
            "no conformance test for \(provider)"
        )
    }
}
