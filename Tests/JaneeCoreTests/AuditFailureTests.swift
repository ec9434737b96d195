import JaneeFiles
import Synchronization
import Testing

@testable import JaneeCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A disk that takes so many bytes and is full then.
private final class SmallDisk: Sendable {
    private let room: Mutex<Int>

    init(room: Int) {
        self.room = Mutex(room)
    }

    func grow(by bytes: Int) {
        room.withLock { $0 += bytes }
    }

    func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        room.withLock { room in
            guard room > 0 else { return -Int(ENOSPC) }
            let count = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(room)))
            room -= max(0, count)
            return count
        }
    }
}

@Suite("Failures of the disk below the audit log")
struct AuditFailureTests {
    @Test("a full disk fails the record and leaves nothing torn", arguments: [0, 1, 100, 250])
    func fullDisk(room: Int) async throws {
        let fixture = try AuditFixture()
        try await fixture.append(2)
        let before = fixture.read(AuditFixture.today)
        let disk = SmallDisk(room: room)
        let log = try fixture.log(write: disk.write)
        await #expect(
            throws: AuditError.file(FileError("write", fixture.path(AuditFixture.today), errorNumber: ENOSPC))
        ) {
            try await log.append(AuditFixture.record(3))
        }
        #expect(fixture.read(AuditFixture.today) == before)
        #expect(try fixture.verify().isIntact)

        disk.grow(by: 100_000)
        #expect(try await log.append(AuditFixture.record(4)) == 3)
        await log.close()
        #expect(try fixture.verify().isIntact)
        #expect(fixture.notices.isEmpty)
    }

    @Test("all records that were to be written together fail together, and the next ones take their numbers")
    func fullDiskForMany() async throws {
        let fixture = try AuditFixture()
        let disk = SmallDisk(room: 1000)
        let log = try fixture.log(write: disk.write)
        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask { (try? await log.append(AuditFixture.record(number))) == nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures >= 47)
        disk.grow(by: 100_000)
        #expect(try await log.append(AuditFixture.record(99)) == UInt64(50 - failures + 1))
        await log.close()
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.chainedRecords == 50 - failures + 1)
    }

    @Test("writes that are interrupted or taken in small parts make whole lines")
    func smallParts() async throws {
        let fixture = try AuditFixture()
        let calls = Mutex(0)
        let log = try fixture.log { descriptor, bytes in
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            return call % 3 == 0
                ? -Int(EINTR) : systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(7)))
        }
        for number in 1...3 { #expect(try await log.append(AuditFixture.record(number)) == UInt64(number)) }
        await log.close()
        #expect(try fixture.verify().chainedRecords == 3)
        #expect(calls.withLock { $0 } > 100)
    }

    @Test("what another program appends between two parts of a line stays, and the line is set aside")
    func interposedLine() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        let calls = Mutex(0)
        let log = try fixture.log { descriptor, bytes in
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            guard call == 1 else { return systemWrite(descriptor, bytes) }
            let count = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: bytes.prefix(50)))
            fixture.add("\n" + AuditFixture.oldLine + "\n")
            return count
        }
        await #expect(throws: AuditError.self) { try await log.append(AuditFixture.record(2)) }
        #expect(try await log.append(AuditFixture.record(3)) == 3)
        await log.close()
        let verification = try fixture.verify()
        #expect(verification.isIntact, "\(verification.problems)")
        #expect(verification.unchainedLines == 1)
        #expect(verification.quarantinedFiles.count == 1)
        #expect(fixture.lines(AuditFixture.today).contains(AuditFixture.oldLine))
    }

    @Test("a line of another program that comes just before ours is not taken for ours")
    func lineBefore() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        let log = try fixture.log { descriptor, bytes in
            fixture.add(AuditFixture.oldLine + "\n")
            return systemWrite(descriptor, bytes)
        }
        for number in 2...4 { #expect(try await log.append(AuditFixture.record(number)) == UInt64(number)) }
        await log.close()
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.unchainedLines == 3)
        #expect(verification.chainedRecords == 4)
        #expect(fixture.notices.isEmpty)
    }
}
