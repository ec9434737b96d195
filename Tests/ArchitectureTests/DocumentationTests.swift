import Foundation
import Testing

@Suite("Documentation")
struct DocumentationTests {
    static let pages = Repository.files(below: "", suffix: ".md").filter { !$0.hasPrefix("Tests/") }

    @Test("Links lead somewhere", arguments: pages)
    func linksLeadSomewhere(_ page: String) {
        let directory = page.split(separator: "/").dropLast().map { "\($0)/" }.joined()
        for match in Repository.text(page).matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) {
            let target = String(match.output.1)
            guard !target.contains("://") else { continue }
            #expect(Repository.exists(directory + target), "\(page) links to \(target)")
        }
    }

    @Test("Every target stands in docs/architecture.md", arguments: Repository.targets)
    func targetsAreDescribed(_ target: String) {
        #expect(Repository.text("docs/architecture.md").contains("| `\(target)`"))
    }

    @Test("Every dependency of the package is justified in docs/architecture.md")
    func dependenciesAreJustified() throws {
        let document = Repository.text("docs/architecture.md")
        let section = try #require(document.firstRange(of: "## Dependencies"))
        let packages = Repository.text("Package.swift").matches(of: /\.package\(url: "[^"]*\/([\w.-]+)"/)
        #expect(!packages.isEmpty)
        for package in packages {
            #expect(document[section.upperBound...].contains(package.output.1), "\(package.output.1)")
        }
    }

    @Test("Every command stands in docs/commands.md", arguments: RegistrationTests.commands)
    func commandsAreDescribed(_ path: String) throws {
        let document = Repository.text("docs/commands.md")
        for match in SourceFile(path).text.matches(of: /commandName: "([a-z]+)"/) {
            #expect(document.contains(try Regex("`[a-z ]*\\b\(match.output.1)\\b")), "\(match.output.1)")
        }
    }

    @Test("The tests that docs/security.md names exist")
    func namedTestsExist() {
        let document = Repository.text("docs/security.md")
        let tests = Repository.files(below: "Tests", suffix: ".py").map(Repository.text).joined()
        let names = document.matches(of: /`(test_\w+)`/).map { String($0.output.1) }
        #expect(names.count > 20)
        for name in names {
            #expect(tests.contains("def \(name)("), "\(name)")
        }
        for match in document.matches(of: /`(Test[A-Z]\w+)`/) {
            #expect(tests.contains("class \(match.output.1):"), "\(match.output.1)")
        }
        for match in document.matches(of: /`(test_\w+\.py)`/) {
            #expect(Repository.exists("Tests/JaneeEndToEndTests/\(match.output.1)"), "\(match.output.1)")
        }
    }
}
