import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The thread that reads lines, and writes what could not be written at once.
///
/// It reads only while there is room for answers: a client that sends without reading is not read from either.
final class StdioLoop: Sendable {
    private enum Order {
        case run
        /// The end is near, though not begun yet.
        case expectEnd
        case stopReading
        case stop
    }

    private static let readSize = 64 << 10

    /// What tells that the other end writes no more while nothing is read: a pipe says so anyway, a socket on Linux when
    /// asked for POLLRDHUP, whose name the C library hides.
    #if os(Linux)
    private static let lossOfPeer: Int16 = 0x2000
    #else
    private static let lossOfPeer: Int16 = 0
    #endif

    let writer: LineWriter

    /// Open when nothing more will be read: the input has ended, nobody reads the output, or it was asked for.
    let inputEnded = Latch()

    /// Open when the thread has ended.
    let stopped = Latch()
    private let options: StdioTransport.Options
    private let wakePipe: WakePipe
    private let order = Mutex(Order.run)

    init(_ options: StdioTransport.Options) throws(StdioTransportError) {
        let wakePipe = try WakePipe()
        self.options = options
        self.wakePipe = wakePipe
        self.writer = LineWriter(Descriptor(number: options.output)) { wakePipe.wake() }
    }

    /// Starts the thread, on which `handle` gets every line.
    func start(
        maximumLineBytes: Int,
        _ handle: @escaping @Sendable (LineFramer.Frame) -> Void
    ) throws(StdioTransportError) {
        try IOThread.start { [self] in
            run(LineFramer(maximumBytes: maximumLineBytes), handle)
            writer.close()
            inputEnded.open()
            stopped.open()
        }
    }

    /// Says that the end was asked for, so that it comes even if nothing else of the program goes on.
    func expectEnd() {
        order.withLock { if case .run = $0 { $0 = .expectEnd } }
        wakePipe.wake()
    }

    /// Ends the input, and drops what of it is not handled yet.
    func stopReading() {
        order.withLock { order in
            if case .stop = order { return }
            order = .stopReading
        }
        wakePipe.wake()
    }

    /// Ends the thread, and drops what is not written.
    func stop() {
        order.withLock { $0 = .stop }
        wakePipe.wake()
    }

    private func run(_ framer: consuming LineFramer, _ handle: (LineFramer.Frame) -> Void) {
        var framer = framer
        let input = Descriptor(number: options.input)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readSize, alignment: 16)
        defer { buffer.deallocate() }

        // A descriptor of -1 is one that poll passes over.
        var polled = Array(repeating: pollfd(fd: -1, events: Int16(POLLIN), revents: 0), count: 3)
        polled[0].fd = wakePipe.readEnd
        var isReading = true
        var end: ContinuousClock.Instant?
        while true {
            let order = order.withLock { $0 }
            switch order {
            case .run, .expectEnd: break
            case .stopReading: isReading = false
            case .stop: return
            }
            let status = writer.status
            if case .closed = status { isReading = false }
            if !isReading { inputEnded.open() }
            watch(&polled, status, isReading)

            if !isReading || order == .expectEnd, end == nil { end = .now + options.expiry }
            let rest = end.map { ContinuousClock.now.duration(to: $0) }
            if let rest, rest <= .zero {
                options.onExpiry()
                end = .now + options.expiry
            }
            let timeout = rest.map { CInt(max($0 / .milliseconds(1), 0).rounded(.up)) } ?? -1
            guard poll(&polled, nfds_t(polled.count), timeout) > 0 else { continue }
            if polled[0].revents != 0 { wakePipe.clear() }
            if polled[2].revents & Int16(POLLOUT) != 0 {
                writer.flush()
            } else if polled[2].revents != 0 {
                writer.close()
            }
            if polled[1].events == Self.lossOfPeer {
                // The client has gone while it did not read either.
                if polled[1].revents & (Int16(POLLHUP) | Self.lossOfPeer) != 0 { isReading = false }
            } else if polled[1].revents != 0 {
                isReading = readOnce(input, buffer, &framer, handle)
            }
        }
    }

    /// Sets what to wait for: always a call to wake up and the loss of the reader; input and room for output as needed.
    private func watch(_ polled: inout [pollfd], _ status: LineWriter.Status, _ isReading: Bool) {
        var isCongested = false
        polled[2].fd = options.output
        polled[2].events = 0
        switch status {
        case .idle:
            break
        case .pending(let bytes):
            polled[2].events = Int16(POLLOUT)
            isCongested = bytes > options.maximumPendingBytes
        case .closed:
            polled[2].fd = -1
        }
        polled[1].fd = isReading ? options.input : -1
        // Without room for answers only the loss of the peer is waited for.
        polled[1].events = isCongested ? Self.lossOfPeer : Int16(POLLIN)
        for index in polled.indices {
            polled[index].revents = 0
        }
    }

    /// Handles what there is to read; false when that was the end.
    private func readOnce(
        _ input: Descriptor,
        _ buffer: UnsafeMutableRawBufferPointer,
        _ framer: inout LineFramer,
        _ handle: (LineFramer.Frame) -> Void
    ) -> Bool {
        switch input.receive(into: buffer) {
        case .bytes(let count):
            framer.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]), handle)
            return true
        case .nothingYet:
            return true
        case .ended:
            framer.finish(handle)
            return false
        }
    }
}
