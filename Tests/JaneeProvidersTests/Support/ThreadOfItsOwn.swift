import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread with another umask, or with the rights of an ordinary user, while the other tests go on with theirs.
///
/// Linux keeps the user for file access, and after `unshare` the umask, per thread. Elsewhere nothing can be changed for a
/// part of a process, so ``canChangeUmask`` and ``hasOrdinaryUser`` say which tests make sense.
final class ThreadOfItsOwn: TaskExecutor {
    /// Whether a thread can have a umask of its own.
    static var canChangeUmask: Bool {
        #if os(Linux)
        true
        #else
        false
        #endif
    }

    /// Whether permissions can be observed: root is refused nothing.
    static var hasOrdinaryUser: Bool { geteuid() != 0 || canChangeUmask }

    /// The user on whose behalf ``asOrdinaryUser(_:)`` works: nobody where the tests run as root, else the tests' own.
    static var ordinaryUser: uid_t { geteuid() == 0 ? 65_534 : geteuid() }

    private struct State {
        var jobs: [UnownedJob] = []
        var isOver = false
    }

    private let state = Mutex(State())
    private let setUp: @Sendable () -> Void

    private init(_ setUp: @escaping @Sendable () -> Void) {
        self.setUp = setUp
    }

    /// Runs work with a umask.
    static func withUmask<Result: Sendable>(
        _ mask: mode_t,
        _ work: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await run(work) {
            #if os(Linux)
            typealias Unshare = @convention(c) (CInt) -> CInt
            // The umask belongs to what the threads of a process share; CLONE_FS (0x200) ends that for this one.
            guard let unshare = function("unshare", as: Unshare.self), unshare(0x200) == 0 else { return }
            umask(mask)
            #endif
        }
    }

    /// Runs work as somebody who is not root.
    static func asOrdinaryUser<Result: Sendable>(_ work: @Sendable () async throws -> Result) async throws -> Result {
        let user = ordinaryUser
        return try await run(work) {
            guard geteuid() != user else { return }
            typealias SetUser = @convention(c) (UInt32) -> CInt
            _ = function("setfsgid", as: SetUser.self)?(user)
            _ = function("setfsuid", as: SetUser.self)?(user)
        }
    }

    private static func run<Result: Sendable>(
        _ work: @Sendable () async throws -> Result,
        _ setUp: @escaping @Sendable () -> Void
    ) async throws -> Result {
        let thread = ThreadOfItsOwn(setUp)
        try thread.start()
        defer { thread.state.withLock { $0.isOver = true } }
        return try await withTaskExecutorPreference(thread) { try await work() }
    }

    /// A function that the module map of the C library leaves out.
    private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    private func start() throws {
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let argument = Unmanaged.passRetained(self).toOpaque()
        guard pthread_create(&thread, nil, threadMain, argument) == 0 else {
            Unmanaged<ThreadOfItsOwn>.fromOpaque(argument).release()
            throw CancellationError()
        }
        #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
    }

    fileprivate func run() {
        setUp()
        while true {
            let (job, isOver) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isOver)
            }
            if let job {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if isOver {
                return
            } else {
                sched_yield()
            }
        }
    }
}

#if canImport(Darwin)
private typealias ThreadArgument = UnsafeMutableRawPointer
#else
private typealias ThreadArgument = UnsafeMutableRawPointer?
#endif

private func threadMain(_ argument: ThreadArgument) -> UnsafeMutableRawPointer? {
    if let thread = argument as UnsafeMutableRawPointer? {
        Unmanaged<ThreadOfItsOwn>.fromOpaque(thread).takeRetainedValue().run()
    }
    return nil
}
