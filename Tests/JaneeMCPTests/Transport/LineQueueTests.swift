import Testing

@testable import JaneeMCP

@Suite("Lines that wait to be written")
struct LineQueueTests {
    @Test("What comes out is what went in, in pieces of any size", arguments: [1, 3, 64, 10_000])
    func pieces(size: Int) {
        var queue = LineQueue()
        var expected = ""
        var written: [UInt8] = []
        for number in 0..<500 {
            let line = String(repeating: "\(number)", count: number % 7)
            queue.append(Array(line.utf8))
            expected += line + "\n"
            if number.isMultiple(of: 3) { take(size, from: &queue, into: &written) }
        }
        #expect(queue.bytes == expected.utf8.count - written.count)
        while !queue.isEmpty { take(size, from: &queue, into: &written) }
        #expect(String(decoding: written, as: UTF8.self) == expected)
        #expect(queue.bytes == 0)
    }

    private func take(_ size: Int, from queue: inout LineQueue, into written: inout [UInt8]) {
        let piece = queue.withFirst { Array($0.prefix(size)) }
        written += piece
        queue.removeFirst(piece.count)
    }
}
