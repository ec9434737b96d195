extension [UInt8] {
    /// Puts `replacement` in the place of each of `ranges`, in any order, and tells how many there were.
    ///
    /// Of ranges that overlap everything goes, and once: no rest of a longer form is left behind.
    package mutating func replace(_ ranges: [Range<Int>], with replacement: String) -> Int {
        guard !ranges.isEmpty else { return 0 }
        let sorted = ranges.sorted { ($0.lowerBound, -$0.upperBound) < ($1.lowerBound, -$1.upperBound) }
        var output: [UInt8] = []
        output.reserveCapacity(count)
        var position = 0
        var replaced = 0
        for range in sorted {
            if range.lowerBound < position {
                // What sticks out of the earlier one is removed with it.
                position = Swift.max(position, range.upperBound)
                continue
            }
            output += self[position..<range.lowerBound]
            output += replacement.utf8
            position = range.upperBound
            replaced += 1
        }
        output += self[position...]
        self = output
        return replaced
    }
}
