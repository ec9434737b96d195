import Dispatch
package import JaneeFiles
import Synchronization

/// Appends lines to files on a thread of its own, so that nobody who writes one waits for a disk.
///
/// What waits is bounded: of a disk that is too slow or does not work, lines are lost. They are counted, and the count is
/// the next line that gets through.
package final class LineWriter: Sendable {
    private struct Line {
        /// In milliseconds of Unix time.
        let moment: Int64
        let bytes: [UInt8]
    }

    private struct State {
        var waiting: [Line] = []
        var bytes = 0
        /// How many lines were lost that no line tells of yet.
        var lost = 0
        var isWriting = false
    }

    /// How many bytes the lines that wait may have.
    private static let mostBytes = 8 << 20

    private let mostLines: Int
    private let open: @Sendable (Int64) throws(FileError) -> AppendFile
    private let lossLine: @Sendable (Int, Int64) -> String
    private let onFailure: @Sendable (FileError) -> Void
    private let state = Mutex(State())
    /// Whether the last attempt to write failed.
    private let isFailing = Mutex(false)
    private let queue: DispatchQueue

    /// - Parameters:
    ///   - label: What the thread is called.
    ///   - mostLines: How many lines may wait.
    ///   - open: Opens the file for the lines of a moment, in milliseconds of Unix time. It is opened anew for each run
    ///     of lines, so that a file which was moved away is not written to any longer.
    ///   - lossLine: The line that tells how many lines were lost before a moment.
    ///   - onFailure: Learns why lines are lost, once until writing works again. It is called on the writer's thread.
    package init(
        label: String,
        mostLines: Int = 10_000,
        open: @escaping @Sendable (Int64) throws(FileError) -> AppendFile,
        lossLine: @escaping @Sendable (Int, Int64) -> String,
        onFailure: @escaping @Sendable (FileError) -> Void
    ) {
        self.mostLines = mostLines
        self.open = open
        self.lossLine = lossLine
        self.onFailure = onFailure
        queue = DispatchQueue(label: label, qos: .utility)
    }

    /// Has a line written, which holds no line feed; never waits.
    ///
    /// - Parameter moment: In milliseconds of Unix time.
    package func write(_ line: String, at moment: Int64) {
        let line = Line(moment: moment, bytes: Array(line.utf8) + [0x0A])
        state.withLock { state in
            guard state.waiting.count < mostLines, state.bytes + line.bytes.count <= Self.mostBytes else {
                state.lost += 1
                return
            }
            state.waiting.append(line)
            state.bytes += line.bytes.count
            guard !state.isWriting else { return }
            state.isWriting = true
            queue.async { self.writeWaiting() }
        }
    }

    /// Returns when all lines that were given before have been written or lost.
    package func flush() async {
        // The queue is serial, so this comes after whatever is being written.
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }

    /// Writes until nothing waits any more.
    private func writeWaiting() {
        while true {
            let (lines, lost) = state.withLock { state -> ([Line], Int) in
                let taken = (state.waiting, state.lost)
                state.isWriting = !state.waiting.isEmpty
                state.waiting = []
                state.bytes = 0
                if state.isWriting { state.lost = 0 }
                return taken
            }
            if lines.isEmpty { return }
            write(lines, after: lost)
        }
    }

    private func write(_ lines: [Line], after lost: Int) {
        var lost = lost
        var file: (day: UTCDay, file: AppendFile)?
        for (index, line) in lines.enumerated() {
            do throws(FileError) {
                let day = UTCDay(milliseconds: line.moment)
                if file?.day != day { file = (day, try open(line.moment)) }
                if lost > 0 {
                    try file?.file.append(Array(lossLine(lost, line.moment).utf8) + [0x0A])
                    lost = 0
                }
                try file?.file.append(line.bytes)
                isFailing.withLock { $0 = false }
            } catch {
                // What the disk does not take now it does not take a moment later either.
                let rest = lost + lines.count - index
                state.withLock { $0.lost += rest }
                let isNew = isFailing.withLock { isFailing in
                    defer { isFailing = true }
                    return !isFailing
                }
                if isNew { onFailure(error) }
                return
            }
        }
    }
}
