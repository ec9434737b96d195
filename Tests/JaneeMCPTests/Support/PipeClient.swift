import JaneeJSON
import Synchronization

@testable import JaneeMCP

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The other end of a stdio transport: two pipes, and what comes out of the transport line by line.
final class PipeClient: Sendable {
    struct NoPipe: Error {}

    private let input: (read: Int32, write: Int32)
    private let output: (read: Int32, write: Int32)
    private let open: Mutex<Set<Int32>>

    init() throws {
        input = try Self.makePipe()
        output = try Self.makePipe()
        open = Mutex([input.read, input.write, output.read, output.write])
    }

    deinit {
        for descriptor in open.withLock({ $0 }) {
            close(descriptor)
        }
    }

    func options(
        limits: SessionLimits = SessionLimits(),
        maximumPendingBytes: Int = 32 << 20
    ) -> StdioTransport.Options {
        StdioTransport.Options(
            input: input.read,
            output: output.write,
            limits: limits,
            maximumPendingBytes: maximumPendingBytes
        )
    }

    /// Writes bytes as they are, which must fit into the pipe.
    ///
    /// A test must not wait for a reader whose tasks may need the very thread the test waits on.
    func write(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { sendBytes(input.write, $0) }
            guard count > 0 else { return }
            written += count
        }
    }

    func send(_ message: String) {
        write((message + "\n").utf8)
    }

    /// Writes messages of any size on a thread of their own; the latch opens when all are written.
    @discardableResult
    func sendInBackground(_ messages: [String]) throws -> Latch {
        let written = Latch()
        try IOThread.start { [self] in
            for message in messages {
                send(message)
            }
            written.open()
        }
        return written
    }

    /// Ends the transport's input.
    func endInput() {
        closeOnce(input.write)
    }

    /// Leaves the transport without a reader.
    func stopReading() {
        closeOnce(output.read)
    }

    /// Says that the transport has ended, so that the stream of its messages ends too.
    func finish() {
        closeOnce(output.write)
    }

    /// Starts to read what the transport writes, up to ``finish()``.
    func startReading() throws -> AsyncStream<JSONValue> {
        let (stream, continuation) = AsyncStream.makeStream(of: JSONValue.self)
        try IOThread.start { [self] in
            var framer = LineFramer(maximumBytes: 64 << 20)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
            defer { buffer.deallocate() }
            while case .bytes(let count) = Descriptor(number: output.read).receive(into: buffer) {
                framer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { frame in
                    if case .line(let line) = frame, let message = try? JSONReader.parse(line) {
                        continuation.yield(message)
                    } else {
                        continuation.yield("not a message")
                    }
                }
            }
            continuation.finish()
        }
        return stream
    }

    private func closeOnce(_ descriptor: Int32) {
        if open.withLock({ $0.remove(descriptor) }) != nil {
            close(descriptor)
        }
    }

    private static func makePipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw NoPipe() }
        return (ends[0], ends[1])
    }
}

private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
