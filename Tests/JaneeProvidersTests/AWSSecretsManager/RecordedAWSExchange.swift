import JaneeTestSupport
import Testing

/// A request to a service of AWS, or to an emulator, and its answer, as `Fixtures/aws-responses.md` has it.
struct RecordedAWSExchange: Sendable, CustomTestStringConvertible {
    /// Whose answers a part of the recording holds.
    let server: String
    let title: String
    let action: String
    let body: String
    let status: Int
    let errorType: String?
    let answer: String

    var testDescription: String { "\(server): \(title)" }

    static let all: [RecordedAWSExchange] = {
        let text = (try? Fixture.text("aws-responses.md")) ?? ""
        return text.split(separator: "\n# ")
            .flatMap { part in
                let server = part.prefix { $0 != " " && $0 != "\n" }
                let isEnforcing = part.hasPrefix("moto with IAM")
                return part.split(separator: "\n### ").dropFirst()
                    .compactMap { RecordedAWSExchange(isEnforcing ? "enforcing" : String(server), $0) }
            }
    }()

    private init?(_ server: String, _ section: Substring) {
        let lines = section.split(separator: "\n", maxSplits: 3)
        guard lines.count == 4, let request = lines[1].firstMatch(of: /^`(?:secretsmanager\.)?(\w*)` body `(.*)`$/),
            let status = lines[2].firstMatch(of: /^-> \*\*(\d+)\*\*/).flatMap({ Int($0.1) })
        else { return nil }
        self.server = server
        title = String(lines[0])
        action = String(request.1)
        body = String(request.2)
        self.status = status
        errorType = lines[2].firstMatch(of: /'x-amzn-errortype': '(\w+)'/).map { String($0.1) }
        let content = lines[3].drop { $0 == "`" || $0 == "\n" }
        answer = String(content[..<(content.firstRange(of: "\n```")?.lowerBound ?? content.endIndex)])
    }
}

/// A request as the SDK of AWS makes it, from `Fixtures/aws-client-exchanges.md`.
struct RecordedAWSRequest: Sendable {
    let method: String
    let target: String
    let headers: [String: String]
    let body: String

    /// The requests below a title, in order; those that only repeat one are left out.
    static func below(_ title: String) throws -> [RecordedAWSRequest] {
        let text = try Fixture.text("aws-client-exchanges.md")
        let section = try #require(text.split(separator: "\n## ").first { $0.hasPrefix("\(title)\n") }, "\(title)")
        // What another server was asked in the same run stands below a title of its own.
        return section.split(separator: "\n[+").dropFirst()
            .compactMap { RecordedAWSRequest($0) }
    }

    private init?(_ text: Substring) {
        let lines = text.split(separator: "\n")
        guard let first = lines.first?.firstMatch(of: /s\] ([A-Z]+) (\S+) HTTP\/1\.1/), !text.contains("as before")
        else {
            return nil
        }
        method = String(first.1)
        target = String(first.2)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let match = line.wholeMatch(of: /\ {4}([A-Za-z0-9-]+): (.*)/) else { continue }
            headers[match.1.lowercased()] = String(match.2)
        }
        self.headers = headers
        body = lines.first { $0.hasPrefix("    | ") }.map { String($0.dropFirst(6)) } ?? ""
    }

    /// What a client says of itself, and what is different with each server.
    private static let own: Set<String> = [
        "user-agent", "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "host", "connection",
        "content-length",
    ]

    /// Whether a request has the same method, and headers of the same names of which the same are signed.
    func hasShape(of request: DoubleRequest) -> Bool {
        let names = Set(request.headers.map { $0.name.lowercased() }).subtracting(Self.own)
        return method == request.method && Set(headers.keys).subtracting(Self.own) == names
            && Self.signedHeaders(headers["authorization"]) == Self.signedHeaders(request.header("authorization"))
    }

    /// The fields of a form.
    static func form(_ body: String) -> [String: String] {
        Dictionary(
            body.split(separator: "&")
                .map { field in
                    let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
                }
        ) { $1 }
    }

    private static func signedHeaders(_ authorization: String?) -> String? {
        authorization?.firstMatch(of: /SignedHeaders=([^,]+)/).map { String($0.1) }
    }
}
