import JaneeJSON
import Testing

@testable import JaneeCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Recovering the audit log after a crash")
struct AuditRecoveryTests {
    /// The events about the log itself in a file.
    private func events(_ fixture: AuditFixture, _ name: String = AuditFixture.today) throws -> [JSONValue] {
        try fixture.lines(name).map { try JSONReader.parse($0) }.filter { $0["phase"] == "event" }
    }

    @Test("records of a writer that died before it could write the head are adopted")
    func adoption() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        let head = fixture.read(".chain")
        try await fixture.append(3)
        fixture.write(head, to: ".chain")
        #expect(try fixture.verify().isIntact)

        #expect(try await fixture.append(1) == [6])
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.chainedRecords == 6)
        #expect(fixture.notices.count == 1)
        #expect(fixture.names == [".chain", AuditFixture.today])
    }

    @Test("so are those of one that died on the first record of a new day")
    func adoptionOnNewDay() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        let head = fixture.read(".chain")
        fixture.now += 86_400_000
        try await fixture.append(1)
        fixture.write(head, to: ".chain")
        #expect(try fixture.verify().isIntact)

        #expect(try await fixture.append(1) == [4])
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.chainedRecords == 4)
    }

    @Test(
        "an unfinished end is moved into a file of its own, and a record says so",
        arguments: [
            "{", "{\"id\":\"x\",\"timest", "\u{0}\u{0}\u{0}", "garbage\n", "garbage\nmore", "\n\n", "[1]\n",
            "{\"a\":1}",
            "{\"a\":1,\"a\":2}\n",
        ]
    )
    func tornTail(tail: String) async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        let before = fixture.text(AuditFixture.today)
        fixture.add(tail)

        #expect(try await fixture.append(1) == [4])
        let torn = AuditFixture.today + ".torn-3"
        #expect(fixture.text(torn) == tail)
        #expect(fixture.mode(torn) == 0o600)
        #expect(fixture.text(AuditFixture.today).hasPrefix(before))
        let event = try #require(try events(fixture).first)
        #expect(event["event"] == "audit_recovered")
        #expect(event["details"]?["quarantined"]?.stringValue == torn)
        #expect(event["details"]?["bytes"]?.stringValue == String(tail.utf8.count))
        #expect(fixture.notices.count == 1)
        #expect(fixture.notices.first?.contains(torn) == true)

        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.chainedRecords == 4)
        #expect(verification.recoveries == 1)
        #expect(verification.quarantinedFiles == [torn])
        #expect(fixture.names == [".chain", AuditFixture.today, torn])
    }

    @Test("a record that lacks only its line feed was not finished")
    func missingLineFeed() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        let head = fixture.read(".chain")
        try await fixture.append(1)
        fixture.write(Array(fixture.read(AuditFixture.today).dropLast()), to: AuditFixture.today)
        fixture.write(head, to: ".chain")
        #expect(try await fixture.append(1) == [4])
        #expect(fixture.text(AuditFixture.today + ".torn-3").hasSuffix("\"}"))
        #expect(try fixture.verify().isIntact)
    }

    @Test("complete records before an unfinished end are adopted, and good lines after it are kept")
    func mixedTail() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        let head = fixture.read(".chain")
        try await fixture.append(1)
        fixture.write(head, to: ".chain")
        let tail = "torn{\n" + AuditFixture.oldLine + "\nto"
        fixture.add(tail)

        #expect(try await fixture.append(1) == [4])
        #expect(fixture.text(AuditFixture.today + ".torn-3") == tail)
        #expect(fixture.lines(AuditFixture.today)[2] == AuditFixture.oldLine)
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.chainedRecords == 4)
        #expect(verification.unchainedLines == 1)
    }

    @Test("a second unfinished end does not overwrite the first one's file")
    func sameName() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        fixture.write(Array("earlier".utf8), to: AuditFixture.today + ".torn-2")
        fixture.add("torn")
        try await fixture.append(1)
        #expect(fixture.text(AuditFixture.today + ".torn-2") == "earlier")
        #expect(fixture.text(AuditFixture.today + ".torn-2-2") == "torn")
    }

    @Test("lines of Janee 0.16 stay where they are, before, between and after records")
    func linesOfOld() async throws {
        let fixture = try AuditFixture()
        let long = #"{"id":"old","requestBody":""# + String(repeating: "x", count: 2_000_000) + #""}"#
        fixture.write(lines: [AuditFixture.oldLine, long])
        try await fixture.append(1)
        fixture.add(AuditFixture.oldLine + "\n" + long + "\n")
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(2))
        fixture.add(AuditFixture.oldLine + "\n")
        _ = try await log.append(AuditFixture.record(3))
        fixture.add(AuditFixture.oldLine + "\n")
        await log.close()

        let lines = fixture.lines(AuditFixture.today)
        #expect(lines.count == 9)
        #expect([0, 3, 6, 8].allSatisfy { lines[$0] == AuditFixture.oldLine })
        #expect(lines[1] == long && lines[4] == long)
        let verification = try fixture.verify()
        #expect(verification.isIntact, "\(verification.problems)")
        #expect(verification.chainedRecords == 3)
        #expect(verification.unchainedLines == 6)
        #expect(verification.firstUnchained.map(\.line) == [1, 2, 4, 5, 7])
        #expect(fixture.notices.isEmpty)
        #expect(fixture.names == [".chain", AuditFixture.today])
    }

    @Test(
        "a head that is missing or damaged is made anew",
        arguments: ["missing", "empty", "damaged", "short", "long"]
    )
    func lostHead(state: String) async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        fixture.now += 86_400_000
        try await fixture.append(1)
        fixture.add(AuditFixture.oldLine + "\n", to: "2026-02-14.jsonl")
        let head = fixture.read(".chain")
        switch state {
        case "missing": fixture.remove(".chain")
        case "empty": fixture.write([], to: ".chain")
        case "damaged": fixture.write(head.map { $0 == 0x31 ? 0x32 : $0 }, to: ".chain")
        case "short": fixture.write(Array(head.dropLast(20)), to: ".chain")
        default: fixture.write(head + head, to: ".chain")
        }
        #expect(try fixture.verify().problems.map(\.kind) == [.head])

        #expect(try await fixture.append(1) == [5])
        // Records could have been removed together with the head, so this stays visible for ever.
        let verification = try fixture.verify()
        #expect(verification.problems.isEmpty, "\(verification.problems)")
        #expect(verification.gapCount == 1 && !verification.isIntact)
        #expect(verification.recoveries == 0)
        #expect(verification.chainedRecords == 5)
        #expect(fixture.notices.count == 1)
        #expect(fixture.read(".chain").count == head.count)
    }

    @Test("records that are removed together with the head are missed, by the writer that wrote them too")
    func removedWithHead() async throws {
        for isOpen in [false, true] {
            let fixture = try AuditFixture()
            let log = try fixture.log()
            for number in 1...4 { _ = try await log.append(AuditFixture.record(number)) }
            let lines = fixture.read(AuditFixture.today).split(separator: 0x0A)
            fixture.write(Array(lines.dropLast(2).joined(separator: [0x0A])) + [0x0A], to: AuditFixture.today)
            fixture.remove(".chain")
            // Another writer gives the numbers out again.
            _ = try await fixture.append(3)
            if isOpen { _ = try await log.append(AuditFixture.record(9)) }
            await log.close()
            let verification = try fixture.verify()
            #expect(!verification.isIntact)
            #expect(verification.gapCount == (isOpen ? 2 : 1))
        }
    }

    @Test("a head that was deleted while the log is open is made anew")
    func headDeletedMeanwhile() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        fixture.remove(".chain")
        #expect(try await log.append(AuditFixture.record(2)) == 3)
        await log.close()
        #expect(try events(fixture).map { $0["event"] } == ["audit_recovered"])
        #expect(try fixture.verify().isIntact)
    }

    @Test("older files may be removed, and the chain goes on")
    func retention() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        fixture.now += 86_400_000
        _ = try await log.append(AuditFixture.record(2))
        fixture.remove(AuditFixture.today)
        _ = try await log.append(AuditFixture.record(3))
        await log.close()
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.firstSequence == 2)
        #expect(verification.notes.count == 1)

        // The last record's file may be old enough too, when nothing was written for a long time.
        fixture.now += 86_400_000 * 90
        fixture.remove(AuditFixture.tomorrow)
        #expect(try await fixture.append(1) == [4])
        #expect(try fixture.verify().isIntact)
        #expect(fixture.notices.isEmpty)
    }

    @Test("files of earlier days may be read-only")
    func readOnlyFiles() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        chmod(fixture.path(AuditFixture.today), 0o400)
        fixture.now += 86_400_000
        try await fixture.append(1)
        #expect(try fixture.verify().isIntact)
    }
}
