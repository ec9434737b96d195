#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads a file line by line, forwards from some offset, in bounded memory.
struct AuditLineScanner {
    /// A line of the file; its bytes are there until the next one is read.
    struct Line {
        let offset: Int64

        /// The length without the line feed.
        let length: Int64

        /// Whether a line feed ends it; otherwise it is the rest of what may be read, and read again when asked again.
        let isTerminated: Bool

        /// Whether it is longer than what is kept, so that its bytes are not there.
        let isOversized: Bool

        var end: Int64 {
            offset + length + (isTerminated ? 1 : 0)
        }
    }

    /// The longest line that is looked at; Janee 0.16 sets no limit to its own.
    static let longestLine = 1 << 20

    private static let chunk = 1 << 18

    private let file: AuditFile
    private var buffer: [UInt8] = []

    /// Where the buffer's bytes begin in the file.
    private var base: Int64

    /// Where the next line begins in the buffer.
    private var start = 0

    private var current: Range<Int> = 0..<0

    init(_ file: AuditFile, from offset: Int64) {
        self.file = file
        base = offset
    }

    /// Where the next line begins in the file.
    var offset: Int64 {
        base + Int64(start)
    }

    /// Gives the current line's bytes, without its line feed.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[current])) }
    }

    /// Moves to the next line that begins before some offset in the file; nil at that offset or at the end of the file.
    mutating func next(upTo end: Int64) throws(AuditError) -> Line? {
        var searched = start
        while true {
            if let newline = lineFeed(from: searched) {
                return take(upTo: newline)
            }
            searched = buffer.count
            if searched - start > Self.longestLine {
                return try skipLine(upTo: end)
            }
            let dropped = start
            guard try fill(upTo: end) else { break }
            searched -= dropped
        }
        guard start < buffer.count else { return nil }
        current = start..<buffer.count
        return Line(offset: offset, length: Int64(current.count), isTerminated: false, isOversized: false)
    }

    private mutating func take(upTo newline: Int) -> Line {
        current = start..<newline
        let line = Line(
            offset: offset,
            length: Int64(current.count),
            isTerminated: true,
            isOversized: current.count > Self.longestLine
        )
        start = newline + 1
        return line
    }

    /// Moves behind a line that is too long to be kept.
    private mutating func skipLine(upTo end: Int64) throws(AuditError) -> Line {
        let first = offset
        current = 0..<0
        while true {
            start = buffer.count
            guard try fill(upTo: end) else {
                let length = offset - first
                return Line(offset: first, length: length, isTerminated: false, isOversized: true)
            }
            if let newline = lineFeed(from: start) {
                start = newline + 1
                let length = offset - first - 1
                return Line(offset: first, length: length, isTerminated: true, isOversized: true)
            }
        }
    }

    /// Drops what was read and reads on; false if there is nothing more.
    private mutating func fill(upTo end: Int64) throws(AuditError) -> Bool {
        let loaded = base + Int64(buffer.count)
        guard loaded < end else { return false }
        buffer.removeSubrange(..<start)
        base += Int64(start)
        start = 0
        return try file.read(Int(min(Int64(Self.chunk), end - loaded)), at: loaded, into: &buffer) > 0
    }

    private func lineFeed(from index: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard index < bytes.count, let base = bytes.baseAddress else { return nil }
            guard let found = memchr(base + index, 0x0A, bytes.count - index) else { return nil }
            return base.distance(to: UnsafeRawPointer(found))
        }
    }
}
