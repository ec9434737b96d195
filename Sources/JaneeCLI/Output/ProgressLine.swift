import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Tells a person at a terminal how far something is that takes more than a second; nobody else sees anything of it.
final class ProgressLine {
    private let title: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private var next = ContinuousClock.now + .seconds(1)
    private var hasWritten = false

    init(_ title: String) {
        self.title = title
    }

    /// - Parameter fraction: From 0 to 1.
    func update(_ fraction: Double) {
        guard isShown, ContinuousClock.now >= next else { return }
        next = ContinuousClock.now + .milliseconds(200)
        hasWritten = true
        StandardErrorLogHandler.write("\r\(title) … \(Int((min(max(fraction, 0), 1) * 100).rounded(.down))) %\u{1B}[K")
    }

    /// Takes the line away.
    func end() {
        if hasWritten { StandardErrorLogHandler.write("\r\u{1B}[K") }
    }
}
