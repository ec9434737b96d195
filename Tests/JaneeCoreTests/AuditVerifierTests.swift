import JaneeTelemetry
import Testing

@testable import JaneeCore

@Suite("Verifying the audit log")
struct AuditVerifierTests {
    /// Two days with three records each, and with lines of Janee 0.16 before, between and after them.
    private func makeLog() async throws -> AuditFixture {
        let fixture = try AuditFixture()
        fixture.write(lines: [AuditFixture.oldLine])
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        fixture.add(AuditFixture.oldLine + "\n")
        _ = try await log.append(.event("secret_set", details: ["hash": "x", "seq": "7", "prev": ""]))
        _ = try await log.append(
            AuditRecord(phase: .denial, service: "é😀", method: "POST", path: "/*,(.", denied: true, rule: "POST *")
        )
        fixture.now += 86_400_000
        for number in 4...6 { _ = try await log.append(AuditFixture.record(number)) }
        await log.close()
        fixture.add(AuditFixture.oldLine + "\n", to: AuditFixture.tomorrow)
        return fixture
    }

    @Test("an untouched log is intact")
    func intact() async throws {
        let verification = try await makeLog().verify()
        #expect(verification.isIntact)
        #expect(verification.problems.isEmpty)
        #expect(verification.chainedRecords == 6)
        #expect(verification.unchainedLines == 3)
        #expect(
            verification.firstUnchained.map(\.description) == [
                "2026-02-12.jsonl:1", "2026-02-12.jsonl:3", "2026-02-13.jsonl:4",
            ]
        )
        #expect(verification.notes.isEmpty)
    }

    @Test("no log, an empty one and one of Janee 0.16 alone are intact")
    func empty() async throws {
        let fixture = try AuditFixture()
        #expect(try fixture.verify() == AuditVerification())
        let log = try fixture.log()
        #expect(try fixture.verify() == AuditVerification())
        await log.close()
        fixture.write(lines: [AuditFixture.oldLine, "torn", AuditFixture.oldLine])
        fixture.remove(".chain")
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.unchainedLines == 2)
        #expect(verification.notes.count == 1)
    }

    @Test("any changed byte of any record is found and the record named", arguments: [UInt8(0x01), 0x20])
    func changedByte(mask: UInt8) async throws {
        let fixture = try await makeLog()
        var examined = 0
        defer { #expect(examined >= 4) }
        for name in [AuditFixture.today, AuditFixture.tomorrow] {
            let bytes = fixture.read(name)
            var start = 0
            for (index, line) in bytes.split(separator: 0x0A).enumerated() {
                defer { start += line.count + 1 }
                let text = String(decoding: line, as: UTF8.self)
                guard let sequence = text.firstMatch(of: /,"seq":([1-9]),"prev"/).flatMap({ UInt64($0.1) }) else {
                    continue
                }
                examined += 1
                for place in start...start + line.count {
                    var changed = bytes
                    changed[place] ^= mask
                    fixture.write(changed, to: name)
                    let verification = try fixture.verify()
                    let isNamed = verification.problems.contains {
                        $0.file == name && $0.line == index + 1 && $0.sequence == sequence
                    }
                    // A byte that became a line feed leaves the record's second half on the next line.
                    let isNamedBelow =
                        changed[place] == 0x0A
                        && verification.problems.contains { $0.file == name && $0.sequence == sequence }
                    if verification.isIntact || !isNamed && !isNamedBelow {
                        Issue.record("byte \(place - start) of record \(sequence): \(verification.problems)")
                    }
                    // One change is not reported as many.
                    if verification.problemCount > 2 {
                        Issue.record("byte \(place - start) of record \(sequence): \(verification.problems)")
                    }
                }
            }
            fixture.write(bytes, to: name)
        }
        #expect(try fixture.verify().isIntact)
    }

    @Test("any changed byte of the head file is found")
    func changedHead() async throws {
        let fixture = try await makeLog()
        let bytes = fixture.read(".chain")
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            fixture.write(changed, to: ".chain")
            #expect(try fixture.verify().problems.map(\.kind) == [.head])
        }
    }

    // To cut away all records of the oldest file is to remove that file.
    @Test(
        "a log cut anywhere is found",
        arguments: [(AuditFixture.today, AuditFixture.oldLine.utf8.count + 2), (AuditFixture.tomorrow, 0)]
    )
    func cut(name: String, first: Int) async throws {
        let fixture = try await makeLog()
        let bytes = fixture.read(name)
        let head = try #require(AuditHead(fixture.read(".chain")))
        // What follows the last record is not part of the chain.
        let end = name == AuditFixture.tomorrow ? Int(head.size) : bytes.count
        for size in first..<end where size % 3 == 0 || bytes[size] == 0x0A || bytes[size - 1] == 0x0A {
            fixture.write(Array(bytes[..<size]), to: name)
            let verification = try fixture.verify()
            if verification.isIntact { Issue.record("cut to \(size) of \(end)") }
        }
    }

    @Test("a removed record is found, whichever it is", arguments: 1...6)
    func removed(sequence: Int) async throws {
        let fixture = try await makeLog()
        for name in [AuditFixture.today, AuditFixture.tomorrow] {
            fixture.write(lines: fixture.lines(name).filter { !$0.contains(#","seq":\#(sequence),"#) }, to: name)
        }
        let verification = try fixture.verify()
        #expect(verification.problems.contains { $0.kind == .missing })
        #expect(verification.problems.contains { $0.sequence == UInt64(sequence) + 1 } || sequence == 6)
    }

    @Test("exchanged and repeated records are found")
    func reordered() async throws {
        let fixture = try await makeLog()
        let lines = fixture.lines(AuditFixture.tomorrow)
        fixture.write(lines: [lines[0], lines[2], lines[1], lines[3]], to: AuditFixture.tomorrow)
        #expect(try fixture.verify().problems.map(\.kind) == [.missing, .misplaced])
        fixture.write(lines: [lines[0], lines[1], lines[1], lines[2], lines[3]], to: AuditFixture.tomorrow)
        #expect(try fixture.verify().problems.first?.kind == .misplaced)
        fixture.write(lines: [lines[1], lines[0], lines[2], lines[3]], to: AuditFixture.tomorrow)
        #expect(!(try fixture.verify().isIntact))
    }

    @Test("a record that was written anew with a hash of its own is found by the next one")
    func rewritten() async throws {
        let fixture = try await makeLog()
        var lines = fixture.lines(AuditFixture.tomorrow)
        let record = try #require(Array(lines[1].utf8).withUnsafeBytes { ChainedLine($0) })
        var forged: [UInt8] = []
        _ = AuditLineFormat.append(
            AuditFixture.record(9).encoded(at: fixture.now),
            opening: nil,
            sequence: record.sequence,
            previous: record.previous,
            to: &forged
        )
        lines[1] = String(decoding: forged.dropLast(), as: UTF8.self)
        fixture.write(lines: lines, to: AuditFixture.tomorrow)
        let problem = try #require(try fixture.verify().problems.first)
        #expect(problem.kind == .unlinked)
        #expect(problem.sequence == 6)
        #expect(problem.line == 3)
    }

    @Test("a rewritten last record is found by the head")
    func rewrittenLast() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        var forged: [UInt8] = []
        _ = AuditLineFormat.append(
            AuditFixture.record(9).encoded(at: fixture.now),
            opening: UTCDay(name: "2026-02-12"),
            sequence: 1,
            previous: .zero,
            to: &forged
        )
        fixture.write(forged, to: AuditFixture.today)
        let problem = try #require(try fixture.verify().problems.first)
        #expect(problem.kind == .changed)
        #expect(problem.sequence == 1)
    }

    @Test("the oldest file may be removed, any other one not")
    func removedFiles() async throws {
        let fixture = try await makeLog()
        fixture.now += 86_400_000
        try await fixture.append(1)
        let first = fixture.read(AuditFixture.today)
        fixture.remove(AuditFixture.today)
        var verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.firstSequence == 4)
        #expect(verification.notes.count == 1)

        fixture.write(first, to: AuditFixture.today)
        fixture.remove(AuditFixture.tomorrow)
        verification = try fixture.verify()
        #expect(verification.problems.map(\.kind) == [.missing])
        #expect(verification.problems.first?.message.contains("(4 to 6)") == true)

        fixture.remove("2026-02-14.jsonl")
        #expect(try fixture.verify().problems.map(\.kind) == [.missing])
        fixture.remove(AuditFixture.today)
        #expect(!(try fixture.verify().isIntact))
    }

    @Test("a file of another day is found, also if it fits into the chain")
    func renamedFile() async throws {
        let fixture = try await makeLog()
        let bytes = fixture.read(AuditFixture.today)
        fixture.remove(AuditFixture.today)
        fixture.write(bytes, to: "2026-02-11.jsonl")
        #expect(try fixture.verify().problems.map(\.kind) == [.misplaced])
    }

    @Test("garbage between records is found, garbage that the next writer sets aside is only noted")
    func garbage() async throws {
        let fixture = try await makeLog()
        let bytes = fixture.read(AuditFixture.tomorrow)
        fixture.add("garbage\n", to: AuditFixture.tomorrow)
        var verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.notes.count == 1)

        var lines = bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        lines.insert("garbage", at: 1)
        fixture.write(lines: lines, to: AuditFixture.tomorrow)
        verification = try fixture.verify()
        #expect(verification.problems.first?.kind == .changed)
        #expect(verification.problems.first?.sequence == nil)
        #expect(verification.problems.first?.line == 2)
    }

    @Test("many problems are counted, and the first of them listed")
    func manyProblems() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(300)
        fixture.write(
            fixture.read(AuditFixture.today).map { $0 == UInt8(ascii: "G") ? UInt8(ascii: "P") : $0 },
            to: AuditFixture.today
        )
        let verification = try fixture.verify()
        #expect(verification.problemCount == 300)
        #expect(verification.problems.count == AuditVerification.mostListed)
        #expect(verification.problems.map(\.sequence) == (1...100).map { $0 })
        #expect(verification.problems[6].description == "2026-02-12.jsonl:7: record 7 was changed")
    }

    @Test("numbers beyond all bounds are refused, not computed with")
    func hugeNumbers() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        var forged: [UInt8] = []
        _ = AuditLineFormat.append(
            AuditFixture.record(2).encoded(at: 0),
            opening: nil,
            sequence: .max,
            previous: .zero,
            to: &forged
        )
        fixture.write(forged, to: AuditFixture.today, adding: true)
        #expect(!(try fixture.verify().isIntact))
        try await fixture.append(1)
        #expect(try fixture.verify().gapCount == 1)
    }
}
