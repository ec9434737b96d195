/// Lines that wait to be written, the first of them perhaps in part.
struct LineQueue {
    private var lines: [[UInt8]] = []
    private var head = 0
    private var written = 0

    /// How many bytes are left to write.
    private(set) var bytes = 0

    var isEmpty: Bool {
        bytes == 0
    }

    mutating func append(_ line: [UInt8]) {
        lines.append(line)
        lines[lines.count - 1].append(UInt8(ascii: "\n"))
        bytes += line.count + 1
    }

    /// The unwritten rest of the first line.
    func withFirst<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        lines[head].withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[written...])) }
    }

    /// Drops bytes of the first line that have been written.
    mutating func removeFirst(_ count: Int) {
        written += count
        bytes -= count
        guard written == lines[head].count else { return }
        written = 0
        lines[head] = []
        head += 1
        // Now and then, so that it costs nothing per line.
        if bytes == 0 || head >= 64 && head * 2 >= lines.count {
            lines.removeFirst(head)
            head = 0
        }
    }
}
