import Dispatch
import JaneeSecretsTesting
import JaneeTelemetry
import Logging
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Log lines")
struct StandardErrorLogHandlerTests {
    /// The lines that a logger of this level writes in `body`, which must stay below a pipe's capacity.
    private func lines(_ level: Logger.Level = .trace, _ body: (Logger) -> Void) throws -> [String] {
        try lines(writing: { target in
            body(Logger(label: "test") { _ in StandardErrorLogHandler(level: level, descriptor: target) })
        })
    }

    private func lines(writing body: (Int32) -> Void) throws -> [String] {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let target = ends[1]
        body(target)
        close(target)
        defer { close(ends[0]) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasSuffix("\n") || text.isEmpty)
        return text.split(separator: "\n").map(String.init)
    }

    @Test("a line names the level, then message and metadata in order")
    func format() throws {
        let lines = try lines { logger in
            var logger = logger
            logger.info("plain")
            logger[metadataKey: "b"] = "2"
            logger[metadataKey: "c"] = "3"
            logger.warning("with metadata", metadata: ["a": "1", "c": "own", "n": .stringConvertible(5)])
        }
        #expect(lines == ["janee: info: plain", "janee: warning: with metadata a=1 b=2 c=own n=5"])
    }

    @Test("foreign text cannot start a line, colour a terminal or turn the direction")
    func escaping() throws {
        let lines = try lines { logger in
            logger.error(
                "first\njanee: info: forged\r\u{1B}[31m\u{202E}",
                metadata: ["key\nforged": "value\nforged", "list": .array(["a\n", "b"])]
            )
        }
        #expect(
            lines == [
                "janee: error: first\\u{a}janee: info: forged\\u{d}\\u{1b}[31m\\u{202e}"
                    + " key\\u{a}forged=value\\u{a}forged list=[\"a\\n\", \"b\"]"
            ]
        )
    }

    @Test("no line holds a known value or a credential, wherever it is put", arguments: SecretCanary.ofEveryShape())
    func redaction(canary: SecretCanary) throws {
        Redactor.shared.register(canary.value)
        let text = String(decoding: canary.bytes, as: UTF8.self)
        let base64 = String(decoding: TextEncodings.base64(canary.bytes), as: UTF8.self)
        #expect(!canary.forms(in: "planted \(base64)").isEmpty)
        let lines = try lines { logger in
            var logger = logger
            logger.error("failed: \(base64)", metadata: ["body": "\(base64)", "list": ["\(base64)"]])
            logger[metadataKey: "own"] = "\(base64)"
            logger.error("see https://u:p@h")
            guard canary.text != nil else { return }
            // Where the line is cut, too.
            let filling = String(repeating: "x", count: 4080)
            logger.error("failed: \(text) \(filling)\(text)", metadata: ["\(text)": "\(text)", "body": ["\(text)"]])
        }
        for line in lines { #expect(canary.forms(in: line).isEmpty) }
        #expect(
            lines.prefix(2).map { String($0.prefix(24)) } == ["janee: error: failed: **", "janee: error: see https:"]
        )
        #expect(lines[1].contains("https://***@h own=***"))
        #expect(canary.text == nil || !lines[2].contains(text.prefix(8)))
    }

    @Test("metadata with the name of a credential has no value")
    func namedMetadata() throws {
        let lines = try lines { $0.notice("x", metadata: ["token": "two words", "path": "a/b"]) }
        #expect(lines == ["janee: notice: x path=a/b token=***"])
    }

    @Test("what is written beside the log is redacted too")
    func writing() throws {
        let canary = SecretCanary()
        Redactor.shared.register(canary.value)
        let text = try #require(canary.text)
        let written = try self.lines(writing: { StandardErrorLogHandler.write("a \(text)\n", to: $0) })
        let offered = try self.lines(writing: { StandardErrorLogHandler.offer("a \(text)\n", to: $0) })
        #expect(written == ["a ***"])
        #expect(offered == ["a ***"])
    }

    @Test("levels below the handler's are not written; the default is notice")
    func levels() throws {
        #expect(StandardErrorLogHandler().logLevel == .notice)
        let lines = try lines(.notice) { logger in
            logger.debug("no")
            logger.info("no")
            logger.notice("yes")
            logger.critical("yes")
        }
        #expect(lines == ["janee: notice: yes", "janee: critical: yes"])
    }

    @Test("metadata is a value of each handler")
    func metadata() {
        var handler = StandardErrorLogHandler()
        let copy = handler
        handler[metadataKey: "a"] = "1"
        #expect(handler[metadataKey: "a"] == "1")
        #expect(copy[metadataKey: "a"] == nil)
        handler[metadataKey: "a"] = nil
        #expect(handler.metadata.isEmpty)
    }

    @Test("lines of several threads do not mix")
    func concurrency() throws {
        let tail = String(repeating: "x", count: 200)
        let lines = try lines { logger in
            DispatchQueue.concurrentPerform(iterations: 100) { logger.notice("\($0) \(tail)") }
        }
        #expect(Set(lines) == Set((0..<100).map { "janee: notice: \($0) \(tail)" }))
    }

    @Test("a closed standard error is ignored")
    func closed() {
        Logger(label: "test") { _ in StandardErrorLogHandler(descriptor: -1) }.error("nobody reads this")
    }
}
