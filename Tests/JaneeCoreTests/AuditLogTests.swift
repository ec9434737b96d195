import JaneeFiles
import Testing

@testable import JaneeCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Appending to the audit log")
struct AuditLogTests {
    @Test("directory and files are for their owner only, and nothing else is left behind")
    func modes() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        #expect(fixture.mode(".") == 0o700)
        #expect(fixture.mode(AuditFixture.today) == 0o600)
        #expect(fixture.mode(".chain") == 0o600)
        #expect(fixture.names == [".chain", AuditFixture.today])
        #expect(fixture.notices.isEmpty)
    }

    @Test("a log that is opened again continues the chain")
    func reopening() async throws {
        let fixture = try AuditFixture()
        #expect(try await fixture.append(2) == [1, 2])
        #expect(try await fixture.append(2) == [3, 4])
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.chainedRecords == 4)
        #expect(verification.firstSequence == 1)
        #expect(verification.lastSequence == 4)
        #expect(fixture.notices.isEmpty)
    }

    @Test("records of many tasks get every number once and stand in its order", arguments: [false, true])
    func manyTasks(sync: Bool) async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log(sync: sync)
        let sequences = try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for task in 0..<32 {
                group.addTask {
                    var own: [UInt64] = []
                    for number in 0..<25 { own.append(try await log.append(AuditFixture.record(task * 100 + number))) }
                    return own
                }
            }
            return try await group.reduce(into: [UInt64]()) { all, own in
                // A task's own records are in the order in which it made them.
                #expect(own == own.sorted())
                all += own
            }
        }
        await log.close()
        #expect(sequences.sorted() == Array(1...800))
        #expect(fixture.lines(AuditFixture.today).count == 800)
        #expect(try fixture.verify().isIntact)
    }

    @Test("several logs over one directory make one chain, while it is verified and read")
    func manyLogs() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        let logs = try (0..<4).map { _ in try fixture.log() }
        let sequences = try await withThrowingTaskGroup(of: [UInt64].self) { group in
            for (index, log) in logs.enumerated() {
                for task in 0..<4 {
                    group.addTask {
                        var own: [UInt64] = []
                        for number in 0..<50 {
                            own.append(try await log.append(AuditFixture.record(index * 1000 + task * 100 + number)))
                        }
                        return own
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    let verification = try fixture.verify()
                    #expect(verification.isIntact, "\(verification.problems)")
                    #expect(verification.notes.isEmpty)
                    #expect(try AuditReader(directory: fixture.directory).tail(limit: 5).isEmpty == false)
                }
                return []
            }
            return try await group.reduce(into: [UInt64]()) { $0 += $1 }
        }
        for log in logs { await log.close() }
        #expect(sequences.sorted() == Array(2...801))
        #expect(try fixture.verify().chainedRecords == 801)
        #expect(fixture.notices.isEmpty)
    }

    @Test("a new day has a new file and goes on with the chain")
    func dayChange() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        fixture.now += 86_400_000
        _ = try await log.append(AuditFixture.record(2))
        _ = try await log.append(AuditFixture.record(3))
        await log.close()
        #expect(fixture.lines(AuditFixture.today).count == 1)
        #expect(fixture.lines(AuditFixture.tomorrow).count == 2)
        #expect(fixture.lines(AuditFixture.tomorrow)[0].contains(#","opens":"2026-02-13","seq":2,"#))
        let verification = try fixture.verify()
        #expect(verification.isIntact)
        #expect(verification.chainedRecords == 3)
        #expect(verification.notes.isEmpty)
    }

    @Test("a clock that is set back over midnight does not take the chain back to an older file")
    func clockSetBack() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        fixture.now += 86_400_000
        _ = try await log.append(AuditFixture.record(1))
        fixture.now -= 86_400_000
        _ = try await log.append(AuditFixture.record(2))
        await log.close()
        try await fixture.append(1)
        #expect(fixture.names == [".chain", AuditFixture.tomorrow])
        #expect(fixture.lines(AuditFixture.tomorrow)[1].contains("2026-02-12T14:25:00.123Z"))
        #expect(try fixture.verify().isIntact)
    }

    @Test("a record whose task is cancelled is written all the same")
    func cancellation() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        let sequence = try await withThrowingTaskGroup(of: UInt64.self) { group in
            group.cancelAll()
            group.addTask {
                #expect(Task.isCancelled)
                return try await log.append(AuditFixture.record(1))
            }
            return try await group.next()
        }
        await log.close()
        #expect(sequence == 1)
        #expect(fixture.lines(AuditFixture.today).count == 1)
    }

    @Test("a closed log refuses records, and closing it again does nothing")
    func closing() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        await log.close()
        await log.close()
        await #expect(throws: AuditError.closed) { try await log.append(AuditFixture.record(1)) }
    }

    @Test("closing waits for what was appended before")
    func closingWaits() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        let written = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask { (try? await log.append(AuditFixture.record(number))) != nil }
            }
            await log.close()
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(fixture.lines(AuditFixture.today).count == written)
    }

    @Test("a lock that stays busy fails the record in time, and nothing is written")
    func lockTimeout() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        let log = try fixture.log(lockTimeout: .milliseconds(20))
        let lock = try FileLock(path: fixture.path(".chain"))
        try lock.acquire(timeout: .zero)
        await #expect(throws: AuditError.lockTimeout(path: fixture.path(".chain"))) {
            try await log.append(AuditFixture.record(1))
        }
        lock.release()
        #expect(try await log.append(AuditFixture.record(2)) == 2)
        await log.close()
        #expect(try fixture.verify().isIntact)
    }

    @Test("only so many records may wait")
    func overload() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log(lockTimeout: .seconds(600))
        let lock = try FileLock(path: fixture.path(".chain"))
        try lock.acquire(timeout: .zero)
        let (refused, written) = await withTaskGroup(of: AuditError?.self) { group in
            for number in 0..<12_000 {
                group.addTask {
                    do throws(AuditError) {
                        _ = try await log.append(AuditFixture.record(number))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var outcomes = (refused: 0, written: 0)
            for await error in group {
                // Nothing can be written before the first one is refused.
                if outcomes == (0, 0) {
                    #expect(error == .overloaded)
                    lock.release()
                }
                if error == nil { outcomes.written += 1 } else { outcomes.refused += 1 }
            }
            return outcomes
        }
        await log.close()
        #expect(refused >= 1)
        #expect(written >= 10_000)
        #expect(refused + written == 12_000)
        #expect(try fixture.verify().chainedRecords == written)
    }

    @Test("a directory that others can read is used, and said to be so")
    func readableDirectory() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        chmod(fixture.directory, 0o755)
        try await fixture.append(1)
        #expect(fixture.notices.count == 1)
        #expect(fixture.notices.first?.contains("chmod 700 \(fixture.directory)") == true)
    }

    @Test("a directory that others can write is refused", arguments: [mode_t(0o720), 0o702, 0o777])
    func writableDirectory(mode: mode_t) async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        chmod(fixture.directory, mode)
        #expect(throws: AuditError.self) { try fixture.log() }
    }

    @Test(
        "a file that others can write is refused, also while the log is open",
        arguments: [".chain", AuditFixture.today]
    )
    func writableFile(name: String) async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        chmod(fixture.path(name), 0o622)
        let later = Result { try fixture.log() }
        if name == ".chain" {
            #expect(throws: AuditError.self) { try later.get() }
        } else {
            await #expect(throws: AuditError.self) { try await later.get().append(AuditFixture.record(2)) }
            await #expect(throws: AuditError.self) { try await log.append(AuditFixture.record(2)) }
        }
        await log.close()
        #expect(fixture.lines(AuditFixture.today).count == 1)
    }

    @Test("symbolic links in place of files are not followed", arguments: [".chain", AuditFixture.today])
    func symbolicLinks(name: String) async throws {
        let fixture = try AuditFixture()
        let elsewhere = fixture.home + "/elsewhere"
        mkdir(elsewhere, 0o700)
        mkdir(fixture.directory, 0o700)
        symlink(elsewhere + "/file", fixture.path(name))
        await #expect(throws: AuditError.self) {
            let log = try fixture.log()
            _ = try await log.append(AuditFixture.record(1))
        }
        #expect(access(elsewhere + "/file", F_OK) != 0)
    }

    @Test("a symbolic link in place of the directory is not followed")
    func symbolicLinkToDirectory() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(1)
        rename(fixture.directory, fixture.home + "/elsewhere")
        symlink(fixture.home + "/elsewhere", fixture.directory)
        #expect(throws: AuditError.self) { try fixture.log() }
        #expect(throws: AuditError.self) { try fixture.verify() }
        #expect(throws: AuditError.self) { try AuditReader(directory: fixture.directory + "/").tail(limit: 1) }
        unlink(fixture.directory)
    }

    @Test("a directory in place of the day's file is an error, not a crash")
    func directoryInPlaceOfFile() async throws {
        let fixture = try AuditFixture()
        mkdir(fixture.directory, 0o700)
        mkdir(fixture.path(AuditFixture.today), 0o700)
        let log = try fixture.log()
        await #expect(throws: AuditError.self) { try await log.append(AuditFixture.record(1)) }
        await log.close()
        rmdir(fixture.path(AuditFixture.today))
    }

    @Test("without a parent directory the log cannot be opened")
    func missingParent() throws {
        let fixture = try AuditFixture()
        rmdir(fixture.home)
        #expect(throws: AuditError.file(FileError("make directory", fixture.directory, errorNumber: ENOENT))) {
            try fixture.log()
        }
    }

    @Test("a log directory that is replaced by a file fails the record")
    func directoryReplaced() async throws {
        let fixture = try AuditFixture()
        let log = try fixture.log()
        _ = try await log.append(AuditFixture.record(1))
        rename(fixture.directory, fixture.home + "/moved")
        close(open(fixture.directory, O_WRONLY | O_CREAT, 0o600))
        await #expect(throws: AuditError.self) { try await log.append(AuditFixture.record(2)) }
        unlink(fixture.directory)
        await log.close()
    }
}
