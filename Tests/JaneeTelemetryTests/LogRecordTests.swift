import JaneeJSON
import JaneeSecrets
import JaneeSecretsTesting
import Logging
import Testing

@testable import JaneeTelemetry

@Suite("Log lines as JSON")
struct LogRecordTests {
    /// 2026-02-12T14:25:00.123Z.
    private static let moment: Int64 = 1_770_906_300_123

    private func record(
        _ message: String,
        level: Logger.Level = .warning,
        error: (any Error)? = nil,
        metadata: Logger.Metadata = [:]
    ) -> LogRecord {
        let event = LogEvent(
            level: level,
            message: "\(message)",
            error: error,
            metadata: metadata,
            source: nil,
            file: "",
            function: "",
            line: 0
        )
        return LogRecord(event, ["own": "x"], at: Self.moment)
    }

    @Test("time, level and message come first, then the metadata by name", arguments: Logger.Level.allCases)
    func keys(level: Logger.Level) {
        let record = record(
            "a \"b\"\n\u{1B}\u{202E}",
            level: level,
            metadata: ["number": .stringConvertible(3), "is": "é"]
        )
        #expect(
            record.json
                == #"{"timestamp":"2026-02-12T14:25:00.123Z","level":"\#(level)","#
                + #""message":"a \"b\"\n\u001b\u202e","is":"é","number":3,"own":"x"}"#
        )
    }

    @Test("metadata keeps its structure and does not take the place of what every line has")
    func metadata() throws {
        let json = record(
            "x",
            metadata: [
                "level": "low", "list": ["a", ["k": "v", "token": "t"]], "own": "y", "flag": .stringConvertible(true),
            ]
        )
        .json
        #expect(
            json.hasSuffix(
                #""message":"x","flag":true,"_level":"low","list":["a",{"k":"v","token":"***"}],"own":"y"}"#
            )
        )
    }

    @Test("a secret error is told in full, of another only the type")
    func errors() {
        struct Foreign: Error, CustomStringConvertible {
            let description = "Zq9"
        }
        let error = SecretError(
            .providerRateLimited,
            "slow down",
            provider: "vault",
            path: "a",
            retryAfter: .seconds(2)
        )
        #expect(
            record("x", error: error).json
                .contains(
                    #""error":{"code":"PROVIDER_RATE_LIMITED","message":"slow down (provider vault, path a)","#
                        + #""provider":"vault","path":"a","transient":true,"retryAfterMs":2000}"#
                )
        )
        #expect(record("x", error: Foreign()).json.contains(#""error":"Foreign""#))
    }

    @Test("no credential is in a line, in neither form", arguments: SecretCanary.ofEveryShape())
    func canary(canary: SecretCanary) throws {
        guard let text = canary.text else { return }
        Redactor.shared.register(canary.value)
        let base64 = String(decoding: TextEncodings.base64(canary.bytes), as: UTF8.self)
        let filling = String(repeating: "x", count: 4090)
        for leak in [text, base64, "\(filling)\(text)"] {
            let error = SecretError(.providerInternalError, leak, cause: SecretError(.secretNotFound, leak))
            let record = record(
                leak,
                error: error,
                metadata: [leak: "\(leak)", "a": ["\(leak)", ["\(leak)": "\(leak)"]]]
            )
            for line in [record.json, record.text] { #expect(canary.forms(in: line).isEmpty, "\(line)") }
            _ = try JSONReader.parse(record.json)
        }
    }

    @Test("metadata with the name of a credential has no value")
    func names() {
        #expect(record("x", metadata: ["token": "two words", "password": ["a"]]).json.contains(#""password":"***""#))
        #expect(record("x", metadata: ["token": "two words"]).json.contains(#""token":"***""#))
        #expect(record("the token=abcdef").json.contains("token=***"))
    }

    @Test("long texts are cut")
    func long() {
        let long = String(repeating: "é", count: 100_000)
        let json = record(long, metadata: ["k": "\(long)"]).json
        #expect(json.utf8.count < 2 * (2 * 4096 + 100))
        #expect(json.contains("é…\",\"k\":"))
    }
}
