import Crypto
import JaneeJSON
import JaneeTelemetry
import Testing

@testable import JaneeCore

@Suite("The form of the audit log")
struct AuditFormatTests {
    @Test("a line is written exactly like this")
    func goldenLine() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        let sequence = try await log.append(
            AuditRecord(
                id: "0b7e1c7e-7c0c-4a55-9d3c-0d8f4b1f2a3c",
                phase: .outcome,
                service: "stripe",
                method: "POST",
                path: "/v1/charges?limit=1",
                statusCode: 201,
                durationMilliseconds: 12,
                reason: "a \"good\" one",
                agentID: "alice",
                requestBody: "{}",
                denied: true,
                denyReason: "no",
                event: "e",
                capability: "stripe-write",
                reasonCode: "RULE_DENIED",
                clientLabel: "Some Client",
                requestDigest: "sha256:00",
                decision: "deny",
                rule: "POST *",
                error: "UPSTREAM_TIMEOUT",
                latency: .microseconds(12_345),
                details: ["b": "2", "a": "1"]
            )
        )
        await log.close()

        let hashed =
            #"{"id":"0b7e1c7e-7c0c-4a55-9d3c-0d8f4b1f2a3c","timestamp":"2026-02-12T14:25:00.123Z","service":"stripe","#
            + #""method":"POST","path":"/v1/charges?limit=1","statusCode":201,"duration":12,"reason":"a \"good\" one","#
            + #""agentId":"alice","requestBody":"{}","denied":true,"denyReason":"no","phase":"outcome","event":"e","#
            + #""capability":"stripe-write","reasonCode":"RULE_DENIED","clientLabel":"Some Client","#
            + #""requestDigest":"sha256:00","decision":"deny","rule":"POST *","error":"UPSTREAM_TIMEOUT","#
            + #""latencyMs":12.345,"details":{"a":"1","b":"2"},"opens":"2026-02-12","seq":1,"#
            + #""prev":"0000000000000000000000000000000000000000000000000000000000000000""#
        let hash = "788be71e72ee8ddd3d375f708d2e03e323f8ec2ea177322810c3fa7670a58316"
        #expect(sequence == 1)
        #expect(fixture.text(AuditFixture.today) == hashed + #","hash":""# + hash + #""}"# + "\n")
    }

    @Test("each record names the hash of the one before, and only the first of a file opens it")
    func chain() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(3)
        let records = try fixture.lines(AuditFixture.today).map { try JSONReader.parse($0) }
        #expect(records.map { $0["seq"]?.intValue } == [1, 2, 3])
        #expect(records[1]["prev"] == records[0]["hash"])
        #expect(records[2]["prev"] == records[1]["hash"])
        #expect(records.map { $0["opens"]?.stringValue } == ["2026-02-12", nil, nil])
        for record in records {
            #expect(record.objectValue?.keys.suffix(3) == ["seq", "prev", "hash"])
        }
    }

    @Test("the hash is the SHA-256 of what comes before it")
    func hash() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        let line = try #require(fixture.lines(AuditFixture.today).first)
        var function = SHA256()
        Array(line.utf8.dropLast(75)).withUnsafeBytes { function.update(bufferPointer: $0) }
        let hexadecimal = function.finalize()
            .map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0" + digits : digits
            }
            .joined()
        #expect(line.hasSuffix(#","hash":""# + hexadecimal + #""}"#))
    }

    @Test("the head file is one readable line")
    func headFile() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        let line = try #require(fixture.lines(AuditFixture.today).last)
        let hash = line.dropLast(2).suffix(64)
        let size = fixture.read(AuditFixture.today).count
        let digits = String(repeating: "0", count: 20 - String(size).count) + String(size)
        let head = "janee-audit-chain 1 day=2026-02-12 size=\(digits) seq=00000000000000000002 hash=\(hash) check="
        #expect(fixture.text(".chain").hasPrefix(head))
        #expect(fixture.read(".chain").count == 179)
    }

    @Test("no changed head is taken for one")
    func headIsChecked() throws {
        let day = try #require(UTCDay(name: "2026-02-12"))
        let hash = Array("x".utf8).withUnsafeBytes { AuditHash(of: $0) }
        let head = AuditHead(day: day, size: 1234, sequence: 56, hash: hash)
        let bytes = head.encoded
        #expect(AuditHead(bytes) == head)
        #expect(AuditHead(bytes + [0x0A]) == nil)
        #expect(AuditHead(Array(bytes.dropLast())) == nil)
        for index in bytes.indices {
            for mask: UInt8 in [0x01, 0x20, 0x80] {
                var changed = bytes
                changed[index] ^= mask
                #expect(AuditHead(changed) == nil)
            }
        }
    }

    @Test(
        "moments are written in UTC with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_800_001, "2024-02-29T00:00:00.001Z"),
            (1_770_906_300_123, "2026-02-12T14:25:00.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
            (-1, "1970-01-01T00:00:00.000Z"),
        ]
    )
    func timestamps(milliseconds: Int64, text: String) {
        #expect(UTCTimestamp.text(milliseconds) == text)
    }

    @Test("every day's name is read back, and days are in order")
    func days() {
        var previous: UTCDay?
        for number in stride(from: Int64(0), to: 60_000, by: 1) {
            let day = UTCDay(milliseconds: number * 86_400_000)
            #expect(UTCDay(fileName: day.fileName) == day)
            if let previous { #expect(previous < day && previous.name < day.name) }
            previous = day
        }
    }

    @Test(
        "other names are not those of days",
        arguments: [
            "2026-02-30.jsonl", "2026-13-01.jsonl", "2026-00-10.jsonl", "2026-2-12.jsonl", "2026-02-12.json",
            "2026-02-12.jsonl.torn-3", "x2026-02-12.jsonl", "2026-02-12", "1969-12-31.jsonl", "2026/02/12.jsonl",
            ".chain",
            "２026-02-12.jsonl", "",
        ]
    )
    func otherNames(name: String) {
        #expect(UTCDay(fileName: name) == nil)
    }

    @Test("identifiers are random UUIDs of version 4")
    func identifiers() {
        let identifiers = (0..<1000).map { _ in AuditRecord.makeID() }
        #expect(Set(identifiers).count == 1000)
        for identifier in identifiers {
            #expect(
                identifier.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil
            )
        }
    }

    @Test("an event is a record that readers of calls understand")
    func event() throws {
        let bytes = AuditRecord.event("secret_set", details: ["provider": "local"]).encoded(at: 0) + [UInt8(ascii: "}")]
        let record = try JSONReader.parse(bytes)
        #expect(record["service"] == "janee")
        #expect(record["method"] == "EVENT")
        #expect(record["path"] == "secret_set")
        #expect(record["phase"] == "event")
        #expect(record["event"] == "secret_set")
        #expect(record["details"]?["provider"] == "local")
    }

    @Test(
        "latencies have three decimals",
        arguments: [
            (Duration.zero, "0.000"), (.nanoseconds(999), "0.000"), (.microseconds(7), "0.007"),
            (.milliseconds(1050), "1050.000"), (.seconds(-1), "0.000"), (.seconds(Int64.min), "0.000"),
        ]
    )
    func latency(duration: Duration, text: String) throws {
        var record = AuditFixture.record(1)
        record.latency = duration
        #expect(try JSONReader.parse(record.encoded(at: 0) + [0x7D])["latencyMs"]?.numberValue?.literal == text)
    }
}
