/// Suggests the name somebody probably meant.
public enum NearestName {
    /// Beyond these lengths a name gets no suggestion, and beyond this number candidates are not looked at.
    private static let maximumLength = 64
    private static let maximumCandidates = 1000

    /// The candidate nearest to `text`, if it is near enough to be a slip of the keyboard.
    public static func of(_ text: String, among candidates: some Sequence<String>) -> String? {
        guard text.utf8.count <= maximumLength else { return nil }
        let wanted = Array(text.lowercased().unicodeScalars)
        let limit = min(max(1, min(3, wanted.count / 3)), wanted.count - 1)
        var best: (name: String, distance: Int)?
        for candidate in candidates.prefix(maximumCandidates) where candidate.utf8.count <= maximumLength {
            let name = Array(candidate.lowercased().unicodeScalars)
            guard abs(name.count - wanted.count) <= limit else { continue }
            let distance = distance(wanted, name)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// The number of insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            current.reserveCapacity(right.count + 1)
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                var best = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + cost)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    best = min(best, beforePrevious[column - 2] + 1)
                }
                current.append(best)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
