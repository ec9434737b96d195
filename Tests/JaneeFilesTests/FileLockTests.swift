import Dispatch
import JaneeFiles
import JaneeTestSupport
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Locks between processes")
struct FileLockTests {
    /// A directory with the paths of two lock files.
    private struct Folder {
        let directory: TemporaryDirectory

        init() throws {
            directory = try TemporaryDirectory()
        }

        var lock: String { directory.path(of: "lock") }
        var other: String { directory.path(of: "other") }
    }

    @Test("one instance at a time holds the lock")
    func exclusive() throws {
        let folder = try Folder()
        let first = try FileLock(path: folder.lock)
        let second = try FileLock(path: folder.lock)
        #expect(first.tryAcquire())
        #expect(!second.tryAcquire())
        #expect(!first.tryAcquire())
        first.release()
        #expect(second.tryAcquire())
        first.release()
        #expect(!first.tryAcquire())
        second.release()
        second.release()
        try first.acquire(timeout: .zero)
    }

    @Test("shared holders exclude only exclusive ones")
    func shared() throws {
        let folder = try Folder()
        let writer = try FileLock(path: folder.lock)
        let readers = try (0..<2).map { _ in try FileLock(path: folder.lock, opening: .readOnly) }
        for reader in readers { #expect(reader.tryAcquire(.shared)) }
        #expect(!writer.tryAcquire())
        for reader in readers { reader.release() }
        #expect(writer.tryAcquire())
        #expect(!readers[0].tryAcquire(.shared))
    }

    @Test("waiting ends with the time, or when the lock becomes free")
    func waiting() throws {
        let folder = try Folder()
        let holder = try FileLock(path: folder.lock)
        let waiter = try FileLock(path: folder.lock)
        try holder.acquire(timeout: .zero)
        #expect(throws: FileLockError.timeout(path: folder.lock)) { try waiter.acquire(timeout: .milliseconds(10)) }
        DispatchQueue.global().async { holder.release() }
        try waiter.acquire(timeout: .seconds(30))
        #expect(!holder.tryAcquire())
    }

    @Test("a lock goes with its instance")
    func lifetime() throws {
        let folder = try Folder()
        do {
            let lock = try FileLock(path: folder.lock)
            #expect(lock.tryAcquire())
        }
        #expect(try FileLock(path: folder.lock).tryAcquire())
    }

    @Test("many threads exclude each other")
    func contention() throws {
        let folder = try Folder()
        let holders = Atomic(0)
        let failures = Atomic(0)
        let rounds = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            guard let lock = try? FileLock(path: folder.lock) else { return }
            for _ in 0..<50 {
                guard (try? lock.acquire(timeout: .seconds(60))) != nil else { continue }
                if holders.add(1, ordering: .sequentiallyConsistent).newValue != 1 {
                    failures.add(1, ordering: .sequentiallyConsistent)
                }
                rounds.add(1, ordering: .sequentiallyConsistent)
                holders.subtract(1, ordering: .sequentiallyConsistent)
                lock.release()
            }
        }
        #expect(rounds.load(ordering: .sequentiallyConsistent) == 400)
        #expect(failures.load(ordering: .sequentiallyConsistent) == 0)
    }

    @Test("whoever locked a file that was replaced meanwhile locks the new one")
    func replaced() throws {
        let folder = try Folder()
        let early = try FileLock(path: folder.lock)
        let before = early.identity
        rename(folder.lock, folder.other)
        let late = try FileLock(path: folder.lock)
        #expect(late.tryAcquire())
        #expect(!early.tryAcquire())
        late.release()
        #expect(early.tryAcquire())
        #expect(early.identity == late.identity)
        #expect(early.identity != before)
    }

    @Test("a file that was removed is created again, unless it is only read")
    func removed() throws {
        let folder = try Folder()
        let lock = try FileLock(path: folder.lock)
        let reader = try FileLock(path: folder.lock, opening: .readOnly)
        unlink(folder.lock)
        #expect(throws: FileLockError.file(FileError("open", folder.lock, errorNumber: ENOENT))) {
            try reader.acquire(timeout: .zero)
        }
        #expect(lock.tryAcquire())
        #expect(access(folder.lock, F_OK) == 0)
    }

    @Test("the file is private and is not handed to child processes")
    func flags() throws {
        let folder = try Folder()
        let lock = try FileLock(path: folder.lock)
        var status = stat()
        #expect(fstat(lock.descriptor, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
        #expect(fcntl(lock.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test("a link, a pipe, a directory and a file that others can write are refused")
    func refused() throws {
        let folder = try Folder()
        symlink(folder.other, folder.lock)
        #expect(throws: FileLockError.self) { try FileLock(path: folder.lock) }
        #expect(access(folder.other, F_OK) != 0)
        unlink(folder.lock)

        mkfifo(folder.lock, 0o600)
        #expect(throws: FileLockError.self) { try FileLock(path: folder.lock) }
        #expect(throws: FileLockError.self) { try FileLock(path: folder.lock, opening: .readOnly) }
        unlink(folder.lock)

        mkdir(folder.lock, 0o700)
        #expect(throws: FileLockError.self) { try FileLock(path: folder.lock, opening: .readOnly) }
        rmdir(folder.lock)

        close(open(folder.lock, O_CREAT | O_WRONLY, 0o600))
        chmod(folder.lock, 0o620)
        let refusal = FileError("lock", folder.lock, refusal: "others can write it; run: chmod go-w on it")
        #expect(throws: FileLockError.file(refusal)) { try FileLock(path: folder.lock) }
    }

    @Test("a missing file is not created for reading")
    func missing() throws {
        let folder = try Folder()
        #expect(throws: FileLockError.file(FileError("open", folder.lock, errorNumber: ENOENT))) {
            try FileLock(path: folder.lock, opening: .readOnly)
        }
    }
}
