import Foundation
import JaneeTestSupport
import Testing

/// A request to the real server and its answer, as `Fixtures/vault-responses.md` has it.
struct RecordedExchange: Sendable, CustomTestStringConvertible {
    let title: String
    let method: String
    let target: String
    let body: String?
    /// The beginning of the token, before an ellipsis.
    let token: String?
    let headers: [(name: String, value: String)]
    /// Which of the recorded servers it was sent to.
    let port: Int?
    let status: Int
    let location: String?
    let answer: String

    var testDescription: String { title }

    /// All exchanges of the recording that have a request, in their order.
    static let all: [RecordedExchange] = sections.compactMap(RecordedExchange.init)

    /// The titles of everything in the recording, also of what is no exchange.
    static let titles: [String] = sections.compactMap { $0.split(separator: "\n").first.map(String.init) }

    /// The text below a title.
    static func section(_ title: String) -> String {
        sections.first { $0.hasPrefix(title) } ?? ""
    }

    private static let sections: [String] = {
        let text = (try? Fixture.text("vault-responses.md")) ?? ""
        return text.split(separator: "\n### ").dropFirst()
            .map { section in
                section.firstRange(of: "\n## ").map { String(section[..<$0.lowerBound]) } ?? String(section)
            }
    }()

    private init?(_ section: String) {
        let lines = section.split(separator: "\n", maxSplits: 3, omittingEmptySubsequences: true)
        guard lines.count == 4, let request = lines[1].firstMatch(of: /^`([A-Z]+) ([^`]+)`/),
            let status = lines[2].firstMatch(of: /^-> \*\*(\d+)\*\*/)?.output.1
        else { return nil }
        title = String(lines[0])
        method = String(request.output.1)
        target = String(request.output.2)
        body = lines[1].firstMatch(of: /body `([^`]*)`/).map { String($0.output.1) }
        token = lines[1].firstMatch(of: /token `([^`]*)…`/).map { String($0.output.1) }
        headers = lines[1].matches(of: /'([A-Za-z-]+)': '([^']*)'/).map { (String($0.output.1), String($0.output.2)) }
        port = lines[1].firstMatch(of: /port (\d+)/).flatMap { Int($0.output.1) }
        self.status = Int(status) ?? 0
        location = lines[2].firstMatch(of: /'location': '([^']*)'/).map { String($0.output.1) }
        let content = lines[3].drop { $0 == "`" || $0 == "\n" }
        let end = content.firstRange(of: "\n```")?.lowerBound ?? content.endIndex
        answer = content[..<end] == "(empty body)" ? "" : String(content[..<end])
    }

    /// What of an answer has to be the same; the rest was drawn at random, or is a time.
    func comparable(_ text: String) -> String {
        var text = text.trimmingCharacters(in: .newlines)
        if let cut = answer.firstMatch(of: /\.\.\. \(\d+ chars\)$/) {
            // Half a word at the end could be one of those that differ.
            let kept = answer[..<cut.range.lowerBound].lastIndex(of: "\"") ?? answer.startIndex
            let common = Self.neutral(String(answer[..<kept]))
            // Values that differ may differ in length as well.
            text = Self.neutral(String(text.prefix(answer.count + 64)))
            return String(text.prefix(common.count))
        }
        text = Self.neutral(text)
        return text
    }

    private static func neutral(_ text: String) -> String {
        text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "UUID")
            .replacing(/"[sb]\.[A-Za-z0-9_-]{20,}"/, with: "TOKEN")
            .replacing(/"accessor":"[^"]+"/, with: "ACCESSOR")
            .replacing(/\d{4}-\d\d-\d\dT[\d:.]+Z/, with: "TIME")
            .replacing(/"(creation_time|server_time_utc|last_renewal_time)":\d+/) { "\($0.output.1) EPOCH" }
            .replacing(/vault-cluster-[0-9a-f]{8}/, with: "CLUSTER")
            .replacing(/[0-9a-f]{2}(:[0-9a-f]{2}){19}/, with: "KEY")
    }
}
