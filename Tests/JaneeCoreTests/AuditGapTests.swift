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

@Suite("Loss and tampering that the audit log's writer finds")
struct AuditGapTests {
    /// Checks that the newest line but one records a gap, and that verification fails then and later.
    private func expectGap(
        _ fixture: AuditFixture,
        cause: String,
        sequences: [UInt64],
        in name: String = AuditFixture.today
    ) async throws {
        let lines = fixture.lines(name)
        let gap = try JSONReader.parse(try #require(lines.dropLast().last))
        #expect(gap["event"] == "audit_gap")
        #expect(gap["details"]?["cause"]?.stringValue == cause)
        #expect(sequences.map(Int.init) == [try #require(gap["seq"]?.intValue) + 1])
        #expect(fixture.notices.count == 1)
        #expect(fixture.notices.first?.contains("janee logs verify") == true)
        for _ in 0..<2 {
            let verification = try fixture.verify()
            #expect(!verification.isIntact)
            #expect(verification.gapCount == 1)
            try await fixture.append(1)
        }
        #expect(fixture.notices.count == 1)
    }

    @Test("a file without its last records", arguments: [0, 1, 2])
    func truncated(kept: Int) async throws {
        let fixture = try AuditFixture()
        try await fixture.append(3)
        fixture.write(lines: Array(fixture.lines(AuditFixture.today).prefix(kept)))
        let sequences = try await fixture.append(1)
        #expect(sequences == [5])
        try await expectGap(fixture, cause: "file_truncated", sequences: sequences)
        // Without any record before it, the gap is the only trace.
        let problems = try fixture.verify().problems
        #expect(problems.map(\.line) == (kept == 0 ? [] : [kept + 1]))
        #expect(problems.map(\.sequence) == (kept == 0 ? [] : [4]))
    }

    @Test("a file cut in the middle of a record; the rest of it is set aside")
    func cutInside() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(3)
        let bytes = fixture.read(AuditFixture.today)
        fixture.write(Array(bytes.dropLast(100)), to: AuditFixture.today)
        let sequences = try await fixture.append(1)
        #expect(sequences == [6])
        #expect(fixture.exists(AuditFixture.today + ".torn-4"))
        let verification = try fixture.verify()
        #expect(verification.gapCount == 1)
        #expect(verification.recoveries == 1)
        #expect(verification.problems.map(\.kind) == [.missing])
    }

    @Test("a last record that was changed before the log was opened")
    func changed() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(3)
        var bytes = fixture.read(AuditFixture.today)
        bytes[bytes.count - 200] ^= 1
        fixture.write(bytes, to: AuditFixture.today)
        try await expectGap(fixture, cause: "record_changed", sequences: try await fixture.append(1))
    }

    @Test("the current day's file removed while the log is open")
    func removed() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        fixture.remove(AuditFixture.today)
        #expect(!(try fixture.verify().isIntact))
        let sequence = try await log.append(AuditFixture.record(2))
        await log.close()
        try await expectGap(fixture, cause: "file_missing", sequences: [sequence])
    }

    @Test("the current day's file replaced by another one of the same size while the log is open")
    func replaced() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        var bytes = fixture.read(AuditFixture.today)
        bytes[20] ^= 1
        fixture.remove(AuditFixture.today)
        fixture.write(bytes, to: AuditFixture.today)
        let sequence = try await log.append(AuditFixture.record(2))
        await log.close()
        try await expectGap(fixture, cause: "record_changed", sequences: [sequence])
    }

    @Test("the whole directory removed while the log is open: the chain goes on where it was")
    func directoryRemoved() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        rename(fixture.directory, fixture.home + "/moved")
        let sequence = try await log.append(AuditFixture.record(2))
        await log.close()
        #expect(sequence == 3)
        #expect(fixture.mode(".") == 0o700)
        try await expectGap(fixture, cause: "went_back", sequences: [sequence])
    }

    @Test("an older state of the whole log put back while the log is open")
    func wentBack() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        let head = fixture.read(".chain")
        let file = fixture.read(AuditFixture.today)
        _ = try await log.append(AuditFixture.record(2))
        fixture.write(head, to: ".chain")
        fixture.write(file, to: AuditFixture.today)
        let sequence = try await log.append(AuditFixture.record(3))
        await log.close()
        #expect(sequence == 4)
        try await expectGap(fixture, cause: "went_back", sequences: [sequence])
    }

    @Test("a record that was put in again behind the last one")
    func foreignRecord() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(3)
        fixture.add(fixture.lines(AuditFixture.today)[1] + "\n")
        try await expectGap(fixture, cause: "foreign_record", sequences: try await fixture.append(1))
    }

    @Test("a next record that is not the log's own is not adopted", arguments: ["changed", "other past"])
    func forgedNext(forgery: String) async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        let head = try #require(AuditHead(fixture.read(".chain")))
        var forged: [UInt8] = []
        _ = AuditLineFormat.append(
            AuditFixture.record(9).encoded(at: fixture.now),
            opening: nil,
            sequence: 3,
            previous: forgery == "changed" ? head.hash : .zero,
            to: &forged
        )
        if forgery == "changed" { forged[8] ^= 1 }
        fixture.write(forged, to: AuditFixture.today, adding: true)
        #expect(!(try fixture.verify().isIntact))
        let sequences = try await fixture.append(1)
        #expect(sequences == [4])
        try await expectGap(fixture, cause: "foreign_record", sequences: sequences)
    }

    @Test("a gap that cannot be written yet is told once and written later")
    func gapThatWaits() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        fixture.write(lines: Array(fixture.lines(AuditFixture.today).prefix(1)))
        let log = try fixture.log { descriptor, bytes in
            fixture.now == AuditFixture.noon ? -Int(ENOSPC) : systemWrite(descriptor, bytes)
        }
        for _ in 0..<3 {
            await #expect(throws: AuditError.self) { try await log.append(AuditFixture.record(3)) }
        }
        fixture.now += 1
        let sequence = try await log.append(AuditFixture.record(4))
        await log.close()
        try await expectGap(fixture, cause: "file_truncated", sequences: [sequence])
    }
}
