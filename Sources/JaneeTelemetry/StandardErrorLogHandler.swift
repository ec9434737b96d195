package import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes log lines to standard error: `janee: warning: message key=value`, foreign characters escaped and credentials
/// taken out.
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
        var line = "janee: \(event.level): \(Self.shown("\(event.message)"))"
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += " \(Self.shown(key))=\(Self.shown("\(value)", name: key))"
        }
        Self.offer(line + "\n", to: descriptor)
    }

    /// Redacted before it is cut, which could leave the beginning of a credential that nobody finds any more.
    private static func shown(_ text: String, name: String = "") -> String {
        guard !CredentialName.matches(name.utf8) else { return Redactor.replacement }
        return DisplayText.escaped(Redactor.shared.redact(String(text.unicodeScalars.prefix(longestText))))
    }

    /// More is not looked at, because no more than the beginning is shown.
    private static let longestText = 65_536

    /// Of one process, so that nobody else takes the room that was found.
    private static let turn = Mutex(())
    /// The most that a pipe takes at once where it takes anything (POSIX, `PIPE_BUF`).
    private static let atomicBytes = 4096

    /// Writes a line as far as it can be written at once, and drops the rest: whoever does not read standard error must
    /// not bring a server to a halt.
    package static func offer(_ line: String, to descriptor: CInt = 2) {
        let bytes = Array(Redactor.shared.redact(line).utf8)
        turn.withLock { _ in
            var rest = bytes[...]
            while !rest.isEmpty {
                var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&polled, 1, 0) == 1, polled.revents & Int16(POLLOUT) != 0 else { return }
                let part = Array(rest.prefix(atomicBytes))
                let written = part.withUnsafeBufferPointer { buffer in
                    buffer.baseAddress.map { systemWrite(descriptor, $0, buffer.count) } ?? 0
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }

    /// Writes a whole line, waiting for whoever reads it, as commands do; a closed standard error is ignored.
    package static func write(_ line: String, to descriptor: CInt = 2) {
        var line = Redactor.shared.redact(line)
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
