package import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes log lines to standard error, foreign characters escaped and credentials taken out, and to a file as well.
///
/// Standard output belongs to the protocol and to the output of commands.
package struct StandardErrorLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let format: LogFormat
    private let descriptor: CInt
    private let file: LineWriter?
    private let clock: @Sendable () -> Int64

    /// - Parameters:
    ///   - file: Gets every line too; in text with the time before it.
    ///   - clock: Milliseconds of Unix time.
    package init(
        level: Logger.Level = .notice,
        format: LogFormat = .text,
        descriptor: CInt = 2,
        file: LineWriter? = nil,
        clock: @escaping @Sendable () -> Int64 = { WallClock.milliseconds }
    ) {
        logLevel = level
        self.format = format
        self.descriptor = descriptor
        self.file = file
        self.clock = clock
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let record = LogRecord(event, metadata, at: clock())
        switch format {
        case .text:
            // Once more as a whole, for what is a credential only together.
            let line = Redactor.shared.redact(record.text)
            Self.put(line + "\n", to: descriptor)
            file?.write("\(UTCTimestamp.text(record.moment)) \(line)", at: record.moment)
        case .json:
            let line = record.json
            Self.put(line + "\n", to: descriptor)
            file?.write(line, at: record.moment)
        }
    }

    /// Of one process, so that nobody else takes the room that was found.
    private static let turn = Mutex(())
    /// The most that a pipe takes at once where it takes anything (POSIX, `PIPE_BUF`).
    private static let atomicBytes = 4096

    /// Writes a line as far as it can be written at once, and drops the rest: whoever does not read standard error must
    /// not bring a server to a halt.
    package static func offer(_ line: String, to descriptor: CInt = 2) {
        put(Redactor.shared.redact(line), to: descriptor)
    }

    /// The same for a line that holds no credentials.
    package static func put(_ line: String, to descriptor: CInt = 2) {
        let bytes = Array(line.utf8)
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
