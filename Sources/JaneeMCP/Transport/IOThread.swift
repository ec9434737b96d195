#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A thread that may wait in system calls, which the threads of Swift's concurrency must not.
enum IOThread {
    fileprivate final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Starts a thread nobody joins; the body says itself when it is done.
    static func start(_ run: @escaping @Sendable () -> Void) throws(StdioTransportError) {
        let argument = Unmanaged.passRetained(Body(run)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        let code = pthread_create(&thread, &attributes, ioThreadMain, argument)
        guard code == 0 else {
            Unmanaged<Body>.fromOpaque(argument).release()
            throw StdioTransportError(action: "start a thread", errorNumber: code)
        }
    }
}

#if canImport(Darwin)
private typealias ThreadArgument = UnsafeMutableRawPointer
#else
private typealias ThreadArgument = UnsafeMutableRawPointer?
#endif

private func ioThreadMain(_ argument: ThreadArgument) -> UnsafeMutableRawPointer? {
    if let body = argument as UnsafeMutableRawPointer? {
        Unmanaged<IOThread.Body>.fromOpaque(body).takeRetainedValue().run()
    }
    return nil
}
