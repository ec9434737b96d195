import Testing

@testable import JaneeMCP

@Suite("Lines from a stream")
struct LineFramerTests {
    private func frames(_ text: String, maximumBytes: Int, pieces: Int) -> [String] {
        var framer = LineFramer(maximumBytes: maximumBytes)
        var found: [String] = []
        let note = { (frame: LineFramer.Frame) in
            switch frame {
            case .line(let line): found.append(String(decoding: line, as: UTF8.self))
            case .overlong: found.append("<overlong>")
            }
        }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            bytes.prefix(pieces).withUnsafeBytes { framer.append($0, note) }
            bytes = bytes.dropFirst(pieces)
        }
        framer.finish(note)
        return found
    }

    @Test("Lines are the same whatever the pieces", arguments: [1, 2, 3, 5, 7, 1000])
    func pieces(size: Int) {
        let text = "one\n\ntwo\r\n  \n\r\nthree\n0123456789\n01234567890\nfour\n012345678901234\n\nfive"
        let expected = ["one", "two\r", "three", "0123456789", "<overlong>", "four", "<overlong>", "five"]
        #expect(frames(text, maximumBytes: 10, pieces: size) == expected)
    }

    @Test("A line that is too long is reported before it ends, and once")
    func early() {
        var framer = LineFramer(maximumBytes: 4)
        var found: [LineFramer.Frame] = []
        for _ in 0..<100 {
            Array("abc".utf8).withUnsafeBytes { framer.append($0) { found.append($0) } }
        }
        #expect(found == [.overlong])
        Array("\nok\n".utf8).withUnsafeBytes { framer.append($0) { found.append($0) } }
        #expect(found == [.overlong, .line(Array("ok".utf8))])
    }

    @Test("An empty stream has no lines")
    func empty() {
        #expect(frames("", maximumBytes: 4, pieces: 1).isEmpty)
        #expect(frames("\n\n", maximumBytes: 4, pieces: 1).isEmpty)
    }
}
