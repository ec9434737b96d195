import Synchronization

/// Writes lines to a descriptor, whole and one after the other, and never waits.
///
/// Whoever sends a line writes it at once when there is room, which spares a change of threads; what does not fit is
/// kept, in order, for the thread that polls the descriptor.
final class LineWriter: Sendable {
    enum Status {
        /// Nothing is left to write.
        case idle
        case pending(bytes: Int)

        /// Nobody reads any more; what is sent is dropped.
        case closed
    }

    private struct State {
        var queue = LineQueue()
        var isClosed = false
        var isLast = false

        var status: Status {
            if isClosed { return .closed }
            return queue.isEmpty ? .idle : .pending(bytes: queue.bytes)
        }
    }

    /// The most that is written while others wait for their turn.
    private static let burst = 64 << 10

    /// Open when everything is written that ever will be.
    let drained = Latch()
    private let descriptor: Descriptor
    private let statusChanged: @Sendable () -> Void
    private let state = Mutex(State())

    /// `statusChanged` is called when the thread that polls has to look at ``status`` again.
    init(_ descriptor: Descriptor, statusChanged: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.statusChanged = statusChanged
    }

    var status: Status {
        state.withLock { $0.status }
    }

    /// Whether a line of this size can be kept until it is read; a single one always can.
    func hasRoom(for count: Int, limit: Int) -> Bool {
        state.withLock { $0.queue.isEmpty || $0.queue.bytes + count <= limit }
    }

    /// Sends a line, to which the line feed is added here.
    func send(_ line: [UInt8]) {
        let isNews = state.withLock { state in
            guard !state.isClosed, !state.isLast else { return false }
            let hadRoom = state.queue.isEmpty
            state.queue.append(line)
            guard hadRoom else { return false }
            writeBurst(&state)
            return state.isClosed || !state.queue.isEmpty
        }
        if isNews {
            statusChanged()
        }
    }

    /// Writes what fits now.
    func flush() {
        change { writeBurst(&$0) }
    }

    /// Takes no further lines; ``drained`` opens when the last of those before is written.
    func finish() {
        change { $0.isLast = true }
    }

    /// Drops what is not written.
    func close() {
        change { $0.isClosed = true }
    }

    private func change(_ action: (inout State) -> Void) {
        let isDrained = state.withLock { state in
            action(&state)
            if state.isClosed {
                state.queue = LineQueue()
            }
            return state.isClosed || (state.isLast && state.queue.isEmpty)
        }
        if isDrained {
            drained.open()
        }
    }

    private func writeBurst(_ state: inout State) {
        var room = Self.burst
        while room > 0, !state.isClosed, !state.queue.isEmpty {
            switch state.queue.withFirst({ descriptor.send($0) }) {
            case .written(let count):
                state.queue.removeFirst(count)
                room -= count
            case .full:
                return
            case .closed:
                state.isClosed = true
                state.queue = LineQueue()
            }
        }
    }
}
