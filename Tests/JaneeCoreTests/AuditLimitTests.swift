import JaneeJSON
import Testing

@testable import JaneeCore

@Suite("The limits of an audit record")
struct AuditLimitTests {
    /// What a record says about one of its texts, after it was written and read.
    private func written(_ key: String, _ change: (inout AuditRecord) -> Void) throws -> String? {
        var record = AuditFixture.record(1)
        change(&record)
        return try JSONReader.parse(record.encoded(at: 0) + [UInt8(ascii: "}")])[key]?.stringValue
    }

    @Test("a body of 10240 UTF-16 units stays, a longer one is cut there")
    func bodies() throws {
        let longest = String(repeating: "é", count: 10_240)
        #expect(try written("requestBody") { $0.requestBody = longest } == longest)
        #expect(
            try written("requestBody") { $0.requestBody = longest + "x" }
                == longest + "... [truncated, original length: 10241]"
        )
    }

    @Test("a character of two UTF-16 units is not cut in half")
    func surrogates() throws {
        let body = "x" + String(repeating: "😀", count: 6000)
        let text = try written("requestBody") { $0.requestBody = body }
        #expect(text == "x" + String(repeating: "😀", count: 5119) + "... [truncated, original length: 12001]")
    }

    @Test("a path of 8 KiB stays, a reason of more than 4 KiB does not")
    func pathsAndReasons() throws {
        let path = "/" + String(repeating: "a", count: 8191)
        #expect(try written("path") { $0.path = path } == path)
        let reason = String(repeating: "b", count: 5000)
        #expect(
            try written("reason") { $0.reason = reason }
                == String(repeating: "b", count: 4096) + "... [truncated, original length: 5000]"
        )
    }

    @Test("a text within its limit stays as it is", arguments: ["", "plain", "\u{0}\u{1f}\"\\", "\r\n", "e\u{301}"])
    func untouched(text: String) throws {
        #expect(try written("reason") { $0.reason = text }?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test("the longest record of all is within 64 KiB", arguments: ["a", "\u{0}", "\"", "é", "\u{2028}", "😀"])
    func longestLine(character: String) async throws {
        let long = String(repeating: character, count: 50_000)
        let record = AuditRecord(
            id: long,
            phase: .outcome,
            service: long,
            method: long,
            path: long,
            statusCode: .max,
            durationMilliseconds: .max,
            reason: long,
            agentID: long,
            requestBody: long,
            denied: true,
            denyReason: long,
            event: long,
            capability: long,
            reasonCode: long,
            clientLabel: long,
            requestDigest: long,
            decision: long,
            rule: long,
            error: long,
            latency: .seconds(Int64.max),
            details: Dictionary(uniqueKeysWithValues: (0..<100).map { ("\($0)" + long, long) })
        )
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(record)
        await log.close()
        let line = fixture.read(AuditFixture.today)
        #expect(line.count <= AuditLineFormat.longestLine)
        #expect(line.filter { $0 == 0x0A }.count == 1)
        #expect(try JSONReader.parse(line).objectValue?.count == 27)
        #expect(try fixture.verify().isIntact)
    }
}
