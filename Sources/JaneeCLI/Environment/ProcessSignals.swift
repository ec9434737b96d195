import CJaneeProcess
import Dispatch

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Calls back when the process receives signals; none is lost once this exists.
///
/// Dispatch has sources for signals, but they watch some time after they were started, and until then a signal that must
/// not end the process is lost.
final class ProcessSignals: Sendable {
    // A dispatch source may be cancelled from any thread, and this one never changes.
    private nonisolated(unsafe) let source: (any DispatchSourceRead)?

    /// - Parameter actions: What to do at each signal, on a queue of its own. One instance in a process.
    init(_ actions: [Int32: @Sendable () -> Void]) {
        let numbers = Array(actions.keys)
        let descriptor = janee_watch_signals(numbers, Int32(numbers.count))
        guard descriptor >= 0 else {
            // Then the signals do what they always do.
            source = nil
            return
        }
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor,
            queue: DispatchQueue(label: "janee.signals")
        )
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(descriptor, &bytes, bytes.count)
            for number in Set(bytes.prefix(max(count, 0))) { actions[Int32(number)]?() }
        }
        source.resume()
        self.source = source
    }

    func cancel() {
        source?.cancel()
    }
}
