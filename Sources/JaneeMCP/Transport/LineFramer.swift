#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Cuts a stream of bytes into lines.
///
/// A line that is too long is reported once, as soon as that is known, and the rest of it is not kept. Blank lines are
/// skipped; a carriage return before the line feed stays, JSON takes it for space.
struct LineFramer {
    enum Frame: Equatable {
        case line([UInt8])
        case overlong
    }

    private let maximumBytes: Int
    private var partial: [UInt8] = []
    private var isDiscarding = false

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// Takes the next bytes, in pieces of any size, and hands over each line they complete.
    mutating func append(_ chunk: UnsafeRawBufferPointer, _ handle: (Frame) -> Void) {
        var rest = chunk[...]
        while let base = rest.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: rest).baseAddress {
            guard let found = memchr(base, Int32(UInt8(ascii: "\n")), rest.count) else {
                keep(rest, handle)
                return
            }
            let length = UnsafeRawPointer(found) - base
            keep(rest.prefix(length), handle)
            endLine(handle)
            rest = rest.dropFirst(length + 1)
        }
    }

    /// Takes the end of the stream; a last line without a line feed counts as a line.
    mutating func finish(_ handle: (Frame) -> Void) {
        endLine(handle)
    }

    private mutating func keep(_ bytes: Slice<UnsafeRawBufferPointer>, _ handle: (Frame) -> Void) {
        guard !isDiscarding else { return }
        guard partial.count + bytes.count <= maximumBytes else {
            isDiscarding = true
            partial = []
            handle(.overlong)
            return
        }
        partial.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes))
    }

    private mutating func endLine(_ handle: (Frame) -> Void) {
        let line = partial
        partial = []
        if !isDiscarding, !line.allSatisfy(Self.isSpace) {
            handle(.line(line))
        }
        isDiscarding = false
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
