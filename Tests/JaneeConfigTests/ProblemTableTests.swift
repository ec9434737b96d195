import JaneeConfig
import JaneeSecrets
import JaneeTestSupport
import Testing

/// A file of `Fixtures/problems.txt` with what is said about it.
///
/// The file begins with a line `#= name`. Lines `#> …` say what is found, in file order: place, code, field and message
/// (the end of a long one may be `…`). A line `#! …` says what the JSON Schema of configurations makes of it, which is
/// the end-to-end tests' concern.
struct ProblemCase: CustomTestStringConvertible, Sendable {
    let name: String
    private(set) var yaml = ""
    private(set) var problems: [String] = []

    var testDescription: String { name }

    static let all: [ProblemCase] = {
        var cases: [ProblemCase] = []
        let text = (try? Fixture.text("problems.txt")) ?? ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("#= ") {
                cases.append(ProblemCase(name: String(line.dropFirst(3))))
            } else if line.hasPrefix("#> ") {
                cases[cases.count - 1].problems.append(String(line.dropFirst(3)))
            } else if !line.hasPrefix("#! "), !cases.isEmpty {
                cases[cases.count - 1].yaml += line + "\n"
            }
        }
        return cases
    }()
}

@Suite("The table of problems")
struct ProblemTableTests {
    @Test("It is long, and no name stands there twice")
    func complete() {
        #expect(ProblemCase.all.count >= 120)
        #expect(Set(ProblemCase.all.map(\.name)).count == ProblemCase.all.count)
        #expect(ProblemCase.all.allSatisfy { !$0.problems.isEmpty })
    }

    @Test("A file has exactly these problems, at these places, in these words", arguments: ProblemCase.all)
    func problems(_ file: ProblemCase) {
        let found = ConfigFixture.lines(file.yaml, ["SET_VARIABLE": "a value"])
        let isSame =
            found.count == file.problems.count
            && zip(found, file.problems)
                .allSatisfy { found, wanted in
                    wanted.hasSuffix("…") ? found.hasPrefix(wanted.dropLast()) : found == wanted
                }
        #expect(isSame, "found:\n\(found.joined(separator: "\n"))\nwanted:\n\(file.problems.joined(separator: "\n"))")
    }

    /// Bytes that are no file; their description is short, since that of a megabyte takes seconds.
    struct Unreadable: CustomTestStringConvertible {
        let bytes: [UInt8]
        let problem: String
        var testDescription: String { problem }

        init(_ bytes: [UInt8], _ problem: String) {
            self.bytes = bytes
            self.problem = problem
        }

        init(_ text: String, _ problem: String) {
            self.init(Array(text.utf8), problem)
        }

        static let all = [
            Self(
                Array("a: 1\nb: \u{E9}".utf8) + [0xFF, 0x0A],
                "2:5 CONFIG_INVALID the file is not UTF-8 from here on"
            ),
            Self([0xC3, 0x28], "1:1 CONFIG_INVALID the file is not UTF-8 from here on"),
            Self(
                Array("a: \u{FFFD}\n".utf8) + [0xED, 0xA0, 0x80],
                "2:1 CONFIG_INVALID the file is not UTF-8 from here on"
            ),
            Self(
                "server: { host: \"a\u{0}b\" }",
                "1:19 CONFIG_INVALID the file is not valid YAML: control characters are not allowed"
            ),
            Self(
                "llm: " + String(repeating: "[", count: 66) + String(repeating: "]", count: 66),
                "1:70 CONFIG_INVALID values are nested more than 64 deep"
            ),
            Self(
                String(repeating: "#", count: YAMLReader.maximumBytes + 1),
                "1:1 CONFIG_INVALID the file is larger than 1048576 bytes"
            ),
            Self(
                "llm:\n" + String(repeating: "- 1\n", count: 100_000),
                "100000:3 CONFIG_INVALID the file has more than 100000 values"
            ),
        ]
    }

    @Test("What is no text, or too much of it, is refused where that shows", arguments: Unreadable.all)
    func bytes(_ file: Unreadable) {
        #expect(ConfigFixture.lines(file.bytes) == [file.problem])
    }

    @Test("A key that stands twice is found however it is written, and with many others")
    func repeatedKeys() {
        let cases = [
            ("server: { 'port': 1, \"port\": 2 }", ["1:22"]), ("server: { ? port : 1, port: 2 }", ["1:23"]),
            ("\u{E9}: 1\n\u{E9}: 2", ["2:1"]), ("\u{1F511}a: 1\r\n\u{1F511}a: 2\r\n", ["2:1"]),
            ("1: a\n1: b", ["2:1"]), ("a: 1\n? a\n: 2", ["2:3"]), ("a: { b: { c: 1, c: 2 }, b: 1 }", ["1:17", "1:25"]),
            ("ab: 1\ncb: 1\nab: 2\ncb: 2\nab: 3", ["3:1", "4:1", "5:1"]), ("a: &x { b: 1, b: 2 }\nc: *x", ["1:15"]),
            ("a:\n- b: 1\n  c: 2\n  b: 3", ["4:3"]),
            // Written in a way that cannot be followed: the first place is named.
            ("\"\": 1\n\"\": 2", ["1:1"]), ("\"\\x61\": 1\na: 2", ["1:1"]), ("!!str a: 1\na: 2", ["1:1"]),
            ("'''a': 1\n'''a': 2", ["1:1"]),
        ]
        for (yaml, places) in cases {
            let found = ConfigFixture.lines(yaml).filter { $0.contains("this key appears more than once") }
            #expect(found.map { String($0.prefix { $0 != " " }) } == places, "\(yaml)\n\(found)")
        }
        let many = (0..<200).map { "k\($0 % 100): 1" }.joined(separator: "\n")
        #expect(!ConfigFixture.lines(many).isEmpty)
    }

    @Test("Thousands of problems are found quickly")
    func many() {
        let services = (0..<8000).map { "  s\($0): { baseUrl: 'https://x.example', auth: { type: bearer, kye: k } }\n" }
        #expect(ConfigFixture.lines("services:\n" + services.joined()).count == 16_000)
    }
}
