import JaneeTestSupport
import Testing

/// Requests that the SDK of AWS made, as `Fixtures/aws-client-exchanges.md` has them.
enum AWSRecordedRequest {
    /// The requests below a title, in order; `part` is the line that their part begins with, if there are several.
    static func below(_ title: String, part: String = "") throws -> [DoubleRequest] {
        var requests: [DoubleRequest] = []
        for text in try section(title, part).split(separator: "\n[+", omittingEmptySubsequences: false).dropFirst() {
            if text.contains("as before"), let last = requests.last {
                requests.append(last)
            } else {
                requests.append(try #require(request(text)))
            }
        }
        return requests
    }

    /// The text of a part below a title.
    static func section(_ title: String, _ part: String = "") throws -> Substring {
        let text = try Fixture.text("aws-client-exchanges.md")
        let section = try #require(text.split(separator: "\n## ").first { $0.hasPrefix("\(title)\n") })
        if part.isEmpty { return section.firstRange(of: "\n-- ").map { section[..<$0.lowerBound] } ?? section }
        let rest = section[try #require(section.firstRange(of: "\n\(part)\n")).upperBound...]
        return "\n" + (rest.firstRange(of: "\n-- ").map { rest[..<$0.lowerBound] } ?? rest)
    }

    private static func request(_ text: Substring) -> DoubleRequest? {
        guard let first = text.firstMatch(of: /s\] ([A-Z]+) (\S+) HTTP\/1\.1/) else { return nil }
        let headers = text.matches(of: /\n\ {4}([A-Za-z0-9-]+): (.*)/)
            .map { (name: String($0.1), value: String($0.2)) }
        let body = text.firstMatch(of: /\n\ {4}\| (.*)/)?.1 ?? ""
        return DoubleRequest(
            method: String(first.1),
            target: String(first.2),
            headers: headers,
            body: Array(body.utf8)
        )
    }
}
