import JaneeSecrets

/// Keys that stand in one map more than once, found all in one go.
///
/// Yams stops at the first such key and names only the first of its places. That one is hidden behind another character
/// of the same width, so that the parser goes on, nothing moves, and the other places are found in the tree.
struct RepeatedKeys {
    /// Each hidden key costs another pass of the parser.
    private static let maximumPasses = 64
    /// The private-use characters that stand in for the first character of a hidden key.
    private static let standIns: ClosedRange<UInt32> = 0xE000...0xF8FF

    private var names: [ConfigPosition: String] = [:]

    /// The key as it stands in the file.
    func name(of key: String, at position: ConfigPosition) -> String { names[position] ?? key }

    /// Hides the key `name` at `position`; false if it is written in a way in which it cannot be found.
    mutating func hide(_ name: String, at position: ConfigPosition, in lines: inout [Substring]) -> Bool {
        guard names.count < Self.maximumPasses, lines.indices.contains(position.line - 1),
            let standIn = Unicode.Scalar(Self.standIns.lowerBound + UInt32(names.count)),
            let first = name.unicodeScalars.first
        else { return false }
        var scalars = String.UnicodeScalarView(lines[position.line - 1].unicodeScalars)
        guard let start = scalars.index(scalars.startIndex, offsetBy: position.column - 1, limitedBy: scalars.endIndex),
            start < scalars.endIndex
        else { return false }
        let isQuoted = scalars[start] == "\"" || scalars[start] == "'"
        let place = isQuoted ? scalars.index(after: start) : start
        guard place < scalars.endIndex, scalars[place] == first, first != "\"", first != "'" else { return false }
        scalars.replaceSubrange(place...place, with: CollectionOfOne(standIn))
        lines[position.line - 1] = Substring(String(scalars))
        names[position] = names[position] ?? name
        return true
    }
}
