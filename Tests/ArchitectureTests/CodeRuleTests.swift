import Testing

@Suite("Rules of the code")
struct CodeRuleTests {
    @Test("What can crash or race is explained where it stands", arguments: Repository.allSources.map(\.path))
    func dangerousCodeIsExplained(_ path: String) throws {
        let file = try #require(Repository.allSources.first { $0.path == path })
        let dangerous = [
            "try!", "fatalError(", "preconditionFailure(", "precondition(", "@unchecked Sendable",
            "nonisolated(unsafe)", "as!", "unsafeBitCast",
        ]
        for (number, line) in file.code {
            for word in dangerous where line.utf8.has(word) {
                #expect(file.hasComment(above: number), "\(file):\(number) has \(word) without a comment above it")
            }
        }
    }

    @Test("A task outside of a group is explained where it stands")
    func unstructuredTasksAreExplained() {
        for file in Repository.allSources {
            for (number, line) in file.code
            where line.utf8.has("Task") && line.contains(/(^|[^.\w])Task(\.detached)?\s*(\(.*\)\s*)?\{/) {
                #expect(file.hasComment(above: number), "\(file):\(number) starts a task without a comment above it")
            }
        }
    }

    @Test("Nothing unfinished is left")
    func nothingUnfinished() {
        let marks = ["TODO", "FIXME", "XXX", "HACK"]
        for file in Repository.allSources {
            for (index, line) in file.lines.enumerated() {
                #expect(!(line.utf8.has("// ") && marks.contains { line.utf8.has("// \($0)") }), "\(file):\(index + 1)")
            }
        }
    }

    @Test("Files stay small enough to be one concept")
    func filesAreSmall() {
        for file in Repository.allSources {
            #expect(file.lines.count <= 400, "\(file) has \(file.lines.count) lines")
        }
    }

    @Test("Every declaration of the public interface is documented")
    func publicDeclarationsAreDocumented() {
        for file in Repository.allSources where ["JaneeSecrets", "JaneeSecretsTesting", "JaneeCLI"].contains(file.room)
        {
            for (number, line) in file.code
            where line.utf8.has("public ") && line.contains(/^\s*public (?!import)/) {
                #expect(file.hasDocumentation(above: number), "\(file):\(number) is public and not documented")
            }
        }
    }
}

extension SourceFile {
    /// Whether a documentation comment ends directly above the declaration on line `number`, or its attributes, or the
    /// declaration implements one of a protocol's that Swift documents.
    fileprivate func hasDocumentation(above number: Int) -> Bool {
        var index = number - 2
        while index >= 0, lines[index].drop(while: \.isWhitespace).hasPrefix("@") { index -= 1 }
        if index >= 0, lines[index].drop(while: \.isWhitespace).hasPrefix("///") { return true }
        let declaration = lines[number - 1].drop(while: \.isWhitespace)
        return declaration.hasPrefix("public init(") && declaration.hasSuffix("{}") && declaration.contains("()")
    }
}
