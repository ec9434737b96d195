package import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes log lines to standard error: `janee: warning: message key=value`, foreign characters escaped.
///
/// Standard output belongs to the protocol and to the output of commands.
package struct StandardErrorLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let descriptor: CInt

    package init(level: Logger.Level = .notice, descriptor: CInt = 2) {
        logLevel = level
        self.descriptor = descriptor
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = "janee: \(event.level): \(DisplayText.escaped("\(event.message)"))"
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += " \(DisplayText.escaped(key))=\(DisplayText.escaped("\(value)"))"
        }
        Self.write(line + "\n", to: descriptor)
    }

    /// Writes a whole line at once, so that lines of several threads do not mix; a closed standard error is ignored.
    package static func write(_ line: String, to descriptor: CInt = 2) {
        var line = line
        line.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count, let base = bytes.baseAddress {
                let written = systemWrite(descriptor, base + offset, bytes.count - offset)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                offset += written
            }
        }
    }
}

/// The system call, which the method of the same name would hide.
private func systemWrite(_ descriptor: CInt, _ pointer: UnsafePointer<UInt8>, _ count: Int) -> Int {
    write(descriptor, pointer, count)
}
