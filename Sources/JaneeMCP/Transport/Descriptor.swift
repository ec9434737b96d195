#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file descriptor somebody else owns, read and written without ever waiting.
///
/// Its mode is not changed: standard input and output are often shared with other processes, which would find theirs
/// changed too. So each operation asks first whether it would have to wait.
struct Descriptor: Sendable {
    enum Input {
        case bytes(Int)
        case nothingYet
        case ended
    }

    enum Output {
        case written(Int)
        case full
        case closed
    }

    let number: Int32

    /// Reads what is there.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Input {
        let count = read(number, buffer.baseAddress, buffer.count)
        if count > 0 { return .bytes(count) }
        return count < 0 && Self.isTransient(errno) ? .nothingYet : .ended
    }

    /// Writes the beginning of the bytes, as much as fits at once.
    func send(_ bytes: UnsafeRawBufferPointer) -> Output {
        var query = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        guard poll(&query, 1, 0) > 0 else { return .full }
        guard query.revents & Int16(POLLERR | POLLNVAL) == 0 else { return .closed }
        guard query.revents & Int16(POLLOUT) != 0 else {
            return query.revents & Int16(POLLHUP) == 0 ? .full : .closed
        }
        // A pipe that is ready takes this many bytes without waiting, in a blocking mode too.
        let count = write(number, bytes.baseAddress, min(bytes.count, Int(PIPE_BUF)))
        if count >= 0 { return .written(count) }
        return Self.isTransient(errno) ? .full : .closed
    }

    private static func isTransient(_ code: Int32) -> Bool {
        code == EINTR || code == EAGAIN || code == EWOULDBLOCK
    }
}
