#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension DirectoryHandle {
    private static var chunk: Int { 1 << 18 }

    /// Gives the lines of a regular file to `body`, one after the other, without their line feeds and in bounded memory.
    ///
    /// Of a line that is longer than `longest` bytes only so many are given. Nothing happens if there is no such file.
    package func readLines(
        of name: String,
        longest: Int,
        _ body: ([UInt8]) -> Void
    ) throws(FileError) {
        let opened = try openEntry(name, O_RDONLY | O_NONBLOCK)
        if opened < 0, errno == ENOENT { return }
        let file = try FileDescriptor(opened, opening: child(name))
        try file.statusOfRegularFile()
        var line: [UInt8] = []
        while true {
            let bytes = try file.read(upTo: Self.chunk)
            if bytes.isEmpty { break }
            for (index, part) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
                if index > 0 {
                    body(line)
                    line.removeAll(keepingCapacity: true)
                }
                line += part.prefix(longest - line.count)
            }
        }
        if !line.isEmpty { body(line) }
    }
}
