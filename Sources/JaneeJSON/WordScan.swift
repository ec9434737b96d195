/// Looks for bytes that need attention in text, eight at a time.
///
/// Each test leaves the high bit of a byte set where it finds something. A borrow can raise a false alarm only above a
/// true one, so the lowest bit set, which is the first byte in memory, is always right.
enum WordScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The first byte that is a quote, a backslash, a control character below 0x20 or not ASCII.
    ///
    /// The count of bytes if there is none.
    @inline(__always)
    static func firstNotPlain(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        first(in: bytes, from: start) { word in
            (below(0x20, word) | equal(0x22, word) | equal(0x5C, word) | word) & highs
        }
    }

    /// The first byte the writer may have to escape: as above with DEL, and of the rest only the first byte of U+2028.
    @inline(__always)
    static func firstToEscape(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        first(in: bytes, from: start) { word in
            (below(0x20, word) | equal(0x22, word) | equal(0x5C, word) | equal(0x7F, word) | equal(0xE2, word)) & highs
        }
    }

    @inline(__always)
    private static func first(
        in bytes: UnsafeRawBufferPointer,
        from start: Int,
        _ alarm: (UInt64) -> UInt64
    ) -> Int {
        var index = start
        while index + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let found = alarm(word)
            guard found == 0 else { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        // The rest is too short for a word; a byte repeated eight times takes the same test.
        while index < bytes.count, alarm(UInt64(bytes[index]) &* ones) == 0 {
            index += 1
        }
        return index
    }

    @inline(__always)
    private static func below(_ bound: UInt64, _ word: UInt64) -> UInt64 {
        (word &- bound &* ones) & ~word
    }

    @inline(__always)
    private static func equal(_ byte: UInt64, _ word: UInt64) -> UInt64 {
        let difference = word ^ (byte &* ones)
        return (difference &- ones) & ~difference
    }
}
