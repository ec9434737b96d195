import JaneeConfig
import JaneeSecrets
import Testing

@Suite("Reading YAML")
struct YAMLReaderTests {
    private func value(_ text: String) throws -> ConfigNode.Value {
        let root = try YAMLReader.parse(Array("a: \(text)".utf8))
        let section = try #require(ConfigSection(root, field: ""))
        return try #require(section.node("a")).value
    }

    private func failure(_ text: String) -> ConfigProblem? {
        do throws(ConfigProblem) {
            _ = try YAMLReader.parse(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "plain scalars mean what YAML 1.2's core schema says",
        arguments: [
            ("no", "text no"), ("on", "text on"), ("yes", "text yes"), ("True", "true"), ("false", "false"),
            ("~", "null"), ("null", "null"), ("", "null"), ("017", "integer 17"), ("0o17", "number 0o17"),
            ("0x1F", "number 0x1F"), ("1_000", "text 1_000"), ("12", "integer 12"), ("-3", "integer -3"),
            ("+3", "integer 3"), ("1.5", "number 1.5"), ("1e3", "number 1e3"), (".5", "number .5"), ("1.", "number 1."),
            (".", "text ."), ("e3", "text e3"), (".inf", "number .inf"), ("12:30:45", "text 12:30:45"),
            ("2026-01-01", "text 2026-01-01"), ("\"12\"", "text 12"), ("'true'", "text true"), ("!!str 5", "text 5"),
            ("99999999999999999999", "number 99999999999999999999"), ("é", "text é"), ("1h", "text 1h"),
        ]
    )
    func scalars(text: String, meaning: String) throws {
        let found =
            switch try value(text) {
            case .null: "null"
            case .boolean(let truth): "\(truth)"
            case .integer(let number): "integer \(number)"
            case .number(let text): "number \(text)"
            case .string(let text): "text \(text)"
            case .list: "list"
            case .map: "map"
            }
        #expect(found == meaning)
    }

    @Test("an empty file, and one of comments, is an empty map", arguments: ["", "\n", "# a\n", "---\n", "~"])
    func empty(text: String) throws {
        let node = try YAMLReader.parse(Array(text.utf8))
        #expect(ConfigSection.entries(of: node).isEmpty)
        #expect(ConfigSection(node, field: "") != nil)
    }

    @Test("keys and values know their places, in characters")
    func positions() throws {
        let root = try YAMLReader.parse(Array("é: x\nb:\n  - c: {d: 1}\n".utf8))
        let entries = ConfigSection.entries(of: root)
        #expect(entries.map(\.key) == ["é", "b"])
        #expect(entries.map(\.keyPosition) == [ConfigPosition(line: 1, column: 1), ConfigPosition(line: 2, column: 1)])
        #expect(entries[0].value.position == ConfigPosition(line: 1, column: 4))
        guard case .list(let items) = entries[1].value.value else {
            Issue.record("b is no list")
            return
        }
        let inner = try #require(ConfigSection.entries(of: items[0]).first)
        #expect(inner.keyPosition == ConfigPosition(line: 3, column: 5))
        #expect(ConfigSection.entries(of: inner.value).first?.value.position == ConfigPosition(line: 3, column: 12))
    }

    @Test(
        "what is not one strict document is refused where it stands",
        arguments: [
            ("a: [1\nb: 2", 2), ("a: \"x", 1), ("a: 1\nb: 2\na: 3", 3), ("a:\n  b: 1\n  \"b\": 2", 3),
            ("a: 1\n---\nb: 2", 2), ("a: *x", 1), ("? [x]\n: 1", 1), ("<<: {a: 1}", 1), ("a: !ruby/object x", 1),
            ("\ta: 1", 1), ("a: b: c", 1), ("a: |\n x\n\u{7}", 3),
        ]
    )
    func refused(text: String, line: Int) throws {
        let problem = try #require(failure(text))
        #expect(problem.position.line == line, "\(problem.message)")
    }

    @Test("a source line is never quoted: it may hold a key")
    func nothingQuoted() {
        let canary = "CANARYvalue0123456789"
        let broken = [
            "a: \"\(canary)", "a: [\(canary)", "a: \(canary): b", "\(canary): 1\n\(canary): 2", "a: *\(canary)",
            "a: !\(canary) x", "a: \"\\q\(canary)\"", "a: %\(canary)", "a: @\(canary)", "a: `\(canary)",
            "- \(canary)\na: 1",
            "? {\(canary): 1}\n: 2", "a: 'x' \(canary)", "a: |\(canary)", "%YAML \(canary)\n---\na: 1",
        ]
        for text in broken {
            let problem = failure(text)
            #expect(problem != nil, "\(text)")
            #expect(problem?.message.contains("CANARY") == false, "\(text)")
            #expect(problem?.field.contains("CANARY") == false, "\(text)")
        }
    }

    @Test("an alias bomb ends at the budget of nodes")
    func aliasBomb() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let items = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(try #require(failure(text)).message.contains("\(YAMLReader.maximumNodes)"))
    }

    @Test("an alias used once is followed")
    func alias() throws {
        let root = try YAMLReader.parse(Array("a: &x {b: 1}\nc: *x".utf8))
        let section = try #require(ConfigSection(root, field: ""))
        #expect(section.section("c")?.integer("b") == 1)
    }

    @Test("depth and size are limited")
    func limits() throws {
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(failure("a: \(deep)") != nil)
        #expect(failure(String(repeating: "# x\n", count: YAMLReader.maximumBytes / 4 + 1)) != nil)
        #expect(throws: ConfigProblem.self) { try YAMLReader.parse([0x61, 0x3A, 0xFF]) }
    }

    @Test(
        "a conditional reference may stand unquoted",
        arguments: [
            ("k: ${E == 'p' ? 'a' : 'b'}://x", "${E == 'p' ? 'a' : 'b'}://x"),
            ("k:   ${E != 'p' ? 'a' : 'b'}://x   # a comment", "${E != 'p' ? 'a' : 'b'}://x"),
            ("k: ${E == 'p' ? 'a' : 'b'}://x\r", "${E == 'p' ? 'a' : 'b'}://x"),
            ("k: '${E == ''p'' ? ''a'' : ''b''}://x'", "${E == 'p' ? 'a' : 'b'}://x"),
            ("k: \"${E == 'p' ? 'a' : 'b'}://x\"", "${E == 'p' ? 'a' : 'b'}://x"),
        ]
    )
    func conditional(text: String, value: String) throws {
        let root = try YAMLReader.parse(Array("before: 1\n\(text)\nafter: 2".utf8))
        let section = try #require(ConfigSection(root, field: ""))
        #expect(section.string("k") == value)
        #expect(section.position(of: "k").line == 2)
        #expect(section.position(of: "after") == ConfigPosition(line: 3, column: 8))
    }

    @Test(
        "other values with a colon stay errors",
        arguments: ["k: a ? b : c", "k: ${E} : x", "k: x${E == 'p' ? 'a' : 'b'}"]
    )
    func noConditional(text: String) {
        #expect(failure(text) != nil)
    }
}
