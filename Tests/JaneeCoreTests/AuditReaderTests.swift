import JaneeJSON
import Testing

@testable import JaneeCore

@Suite("Reading the newest audit records")
struct AuditReaderTests {
    @Test("the newest records come oldest first, across files, with those of Janee 0.16 and without what is no record")
    func tail() async throws {
        let fixture = try AuditFixture()
        fixture.write(lines: [AuditFixture.oldLine, "garbage"])
        try await fixture.append(2)
        fixture.add("torn\n\n[1]\n")
        fixture.now += 86_400_000
        try await fixture.append(2)
        fixture.add("{\"id\":\"half", to: AuditFixture.tomorrow)
        let reader = AuditReader(directory: fixture.directory)
        func identifiers(_ limit: Int) throws -> [String?] {
            try reader.tail(limit: limit).map { $0["id"]?.stringValue }
        }
        #expect(try identifiers(1) == ["r1"])
        #expect(try identifiers(3).count == 3)
        let all = try identifiers(100)
        #expect(all.first == "old")
        #expect(all.filter { $0?.hasPrefix("r") == true && $0?.count == 2 } == ["r0", "r1", "r0", "r1"])
        #expect(try identifiers(0).isEmpty)
        #expect(try identifiers(-1).isEmpty)
    }

    @Test("a filter chooses before the limit counts")
    func filter() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(200)
        let found = try AuditReader(directory: fixture.directory)
            .tail(limit: 3) { record in
                record["path"]?.stringValue?.hasSuffix("5") == true
            }
        #expect(found.map { $0["seq"]?.intValue } == [176, 186, 196])
    }

    @Test("without a log there is nothing to read")
    func missing() throws {
        let fixture = try AuditFixture()
        #expect(try AuditReader(directory: fixture.directory).tail(limit: 10).isEmpty)
    }

    @Test("lines are found whatever their length, and one that is too long is passed over")
    func lengths() throws {
        let fixture = try AuditFixture()
        let lengths = [1, 65_000, 65_536, 65_537, 131_072, 0, 500_000, 3_000_000, 10, 65_535]
        fixture.write(lines: lengths.map { #"{"id":"\#(String(repeating: "x", count: $0))"}"# })
        let found = try AuditReader(directory: fixture.directory).tail(limit: 100)
        #expect(found.map { $0["id"]?.stringValue?.utf8.count } == lengths.filter { $0 < 1_000_000 })
        let newest = try AuditReader(directory: fixture.directory).tail(limit: 2)
        #expect(newest.map { $0["id"]?.stringValue?.utf8.count } == [10, 65_535])
    }
}
