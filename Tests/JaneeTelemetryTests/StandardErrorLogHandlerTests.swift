import Dispatch
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
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let target = ends[1]
        body(Logger(label: "test") { _ in StandardErrorLogHandler(level: level, descriptor: target) })
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
