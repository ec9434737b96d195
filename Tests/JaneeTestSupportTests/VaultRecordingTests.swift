import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("The double of Vault against the recording of a real one")
struct VaultRecordingTests {
    /// What is not replayed one by one, and why.
    static let left: [String: String] = [
        "max TTL: token_ttl=2s, token_max_ttl=6s; renew-self once a second": "a course of events, with its own test",
        "plain HTTP sent to the TLS listener": "a matter of the listener, and Go's own text",
        "TLS, another CA trusted": "a handshake that fails; the tests of the server have it",
        "TLS wrong host cert": "a handshake that fails",
        "TLS expired cert": "a handshake that fails",
        "mTLS listener without a client cert": "a handshake that fails; the tests of the server have it",
        "aws iam ok": "the double has no AWS login",
        "aws iam bad role": "the double has no AWS login",
        "aws iam no headers": "the double has no AWS login",
        "aws iam GET method": "the double has no AWS login",
    ]

    @Test("Every exchange is answered alike", arguments: RecordedExchange.all)
    func exchange(_ exchange: RecordedExchange) {
        let answer = RecordedServer().replay(exchange)
        #expect(answer.status == exchange.status)
        #expect(exchange.comparable(answer.text) == exchange.comparable(exchange.answer))
        #expect(answer.header("Location") == exchange.location)
    }

    @Test("Nothing of the recording is left out unseen")
    func everythingIsReplayed() {
        let replayed = Set(RecordedExchange.all.map(\.title))
        #expect(replayed.count > 100)
        #expect(Set(RecordedExchange.titles).subtracting(replayed) == Set(Self.left.keys))
    }

    @Test("A token that is renewed each second dies when the recorded one did")
    func maximumTTL() throws {
        let server = RecordedServer()
        let token = server.logIn("short")
        let course = RecordedExchange.section("max TTL").split(separator: "\n").filter { $0.hasPrefix("t=") }
        #expect(course.count == 8)
        for line in course {
            let answer = server.send("POST", "/v1/auth/token/renew-self", token: token)
            #expect(line.contains("s \(answer.status) "), "\(line)")
            let body = try JSONReader.parse(answer.body)
            if answer.status == 200 {
                #expect(line.contains("lease_duration=\(body["auth"]?["lease_duration"]?.intValue ?? -1) "), "\(line)")
                let warning = body["warnings"]?.arrayValue?.first?.stringValue
                #expect(line.hasSuffix("warnings=\(warning.map { "['\($0)']" } ?? "None")"), "\(line)")
            }
            server.vault.advance(by: .seconds(1))
        }
    }
}
