import Synchronization

#if canImport(Glibc)
package import Glibc
#elseif canImport(Musl)
package import Musl
#elseif canImport(Darwin)
package import Darwin
#endif

/// A lock between processes, held on a file.
///
/// The kernel releases it when its holder dies, so there are no stale locks, and the file's content is free for use.
/// Other instances, also of the same process, exclude each other; one instance can be held once at a time. Before a
/// lock counts as held, the path is compared with the file that was locked, so replacing the file does not let two
/// holders in.
package final class FileLock: Sendable {
    package enum Mode: Sendable {
        case exclusive
        case shared
    }

    package enum Opening: Sendable {
        /// Opens the file for reading and writing and creates it, for its owner only, if it is missing.
        case createIfMissing

        /// Opens an existing file for reading.
        case readOnly
    }

    /// Which file a descriptor or a path means, independent of names.
    package struct Identity: Hashable, Sendable {
        package let device: UInt64
        package let inode: UInt64

        package init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            inode = UInt64(truncatingIfNeeded: status.st_ino)
        }
    }

    private struct State {
        var descriptor: CInt
        var identity: Identity
        var isHeld = false
    }

    package let path: String
    private let opening: Opening
    private let state: Mutex<State>

    package init(path: String, opening: Opening = .createIfMissing) throws(FileLockError) {
        let (descriptor, identity) = try Self.open(path, opening)
        self.path = path
        self.opening = opening
        state = Mutex(State(descriptor: descriptor, identity: identity))
    }

    deinit {
        _ = state.withLock { close($0.descriptor) }
    }

    /// The descriptor of the locked file; it stays valid until the lock is acquired again.
    package var descriptor: CInt {
        state.withLock { $0.descriptor }
    }

    /// The locked file; it changes when the file at the path was replaced before the lock was acquired again.
    package var identity: Identity {
        state.withLock { $0.identity }
    }

    /// Takes the lock, blocking the thread until it is free or the time is up.
    ///
    /// A free lock is taken at once. A busy one is asked for again and again, at first after 20 microseconds and at
    /// last every millisecond.
    package func acquire(_ mode: Mode = .exclusive, timeout: Duration) throws(FileLockError) {
        if try attempt(mode) { return }
        let deadline = ContinuousClock.now + timeout
        var pause = 20
        while ContinuousClock.now < deadline {
            var time = timespec(tv_sec: 0, tv_nsec: pause * 1000)
            nanosleep(&time, nil)
            if try attempt(mode) { return }
            pause = min(pause * 2, 1000)
        }
        throw .timeout(path: path)
    }

    /// Takes the lock if it is free, and says whether it did.
    package func tryAcquire(_ mode: Mode = .exclusive) -> Bool {
        (try? attempt(mode)) ?? false
    }

    /// Gives the lock back; without holding it this does nothing.
    package func release() {
        state.withLock { state in
            guard state.isHeld else { return }
            state.isHeld = false
            flock(state.descriptor, LOCK_UN)
        }
    }

    private func attempt(_ mode: Mode) throws(FileLockError) -> Bool {
        // The closure is not known to throw only this error, so the outcome passes through as a value.
        try state.withLock { state in
            Result { () throws(FileLockError) in try attempt(mode, &state) }
        }
        .get()
    }

    private func attempt(_ mode: Mode, _ state: inout State) throws(FileLockError) -> Bool {
        guard !state.isHeld else { return false }
        // Each round follows one replacement of the file; whoever replaces it faster than this is not cooperating.
        for _ in 0..<8 {
            guard try Self.lock(state.descriptor, mode, path) else { return false }
            var status = stat()
            if lstat(path, &status) == 0, Identity(status) == state.identity {
                state.isHeld = true
                return true
            }
            // Opened before the old one is closed, so that a failure leaves a descriptor that is valid.
            flock(state.descriptor, LOCK_UN)
            let (descriptor, identity) = try Self.open(path, opening)
            close(state.descriptor)
            state.descriptor = descriptor
            state.identity = identity
        }
        return false
    }

    private static func lock(_ descriptor: CInt, _ mode: Mode, _ path: String) throws(FileLockError) -> Bool {
        let operation = (mode == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB
        while flock(descriptor, operation) != 0 {
            let code = errno
            if code == EWOULDBLOCK { return false }
            guard code == EINTR else { throw .file(FileError("lock", path, errorNumber: code)) }
        }
        return true
    }

    private static func open(_ path: String, _ opening: Opening) throws(FileLockError) -> (CInt, Identity) {
        let descriptor = systemOpen(path, opening)
        guard descriptor >= 0 else { throw .file(FileError("open", path)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = FileError("examine", path)
            close(descriptor)
            throw .file(error)
        }
        if let reason = reasonToRefuse(status) {
            close(descriptor)
            throw .file(FileError("lock", path, refusal: reason))
        }
        return (descriptor, Identity(status))
    }

    /// What forbids relying on this file, if anything does: whoever can write it can also replace what it holds.
    private static func reasonToRefuse(_ status: stat) -> String? {
        if status.st_mode & S_IFMT != S_IFREG { return "it is not a regular file" }
        if status.st_mode & (S_IWGRP | S_IWOTH) != 0 { return "others can write it; run: chmod go-w on it" }
        let user = geteuid()
        return user == 0 || status.st_uid == user ? nil : "it belongs to another user"
    }
}

/// Opens the file of a lock; negative, with `errno`, if that fails.
private func systemOpen(_ path: String, _ opening: FileLock.Opening) -> CInt {
    // O_NONBLOCK keeps a pipe in place of the file from blocking the open; it has no effect on regular files.
    let flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
    guard opening == .createIfMissing else { return open(path, O_RDONLY | flags) }
    // Each round follows a removal of the file just then.
    for _ in 0..<8 {
        let existing = open(path, O_RDWR | flags)
        if existing >= 0 || errno != ENOENT { return existing }
        // Made in a step of its own, so that only a new file is given to the owner of the directory.
        do throws(FileError) {
            try RegularFile.create([], at: path)
        } catch {
            guard error.isTaken else {
                errno = error.errorNumber
                return -1
            }
        }
    }
    errno = ENOENT
    return -1
}

/// Why a lock was not taken.
package enum FileLockError: Error, Hashable, Sendable {
    /// Somebody else held the lock all the time.
    case timeout(path: String)

    /// The file cannot be used, or is not one to rely on.
    case file(FileError)
}

extension FileLockError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .timeout(let path): "the lock \(path) is held by another process; try again when that process is done"
        case .file(let error): error.description
        }
    }
}
