/// A pattern in which `*` stands for any run of characters, matched in time linear in the text.
package struct Glob: Sendable, Hashable {
    /// What stands between the stars; a pattern without a star has one part.
    private let parts: [[UInt8]]
    /// For each middle part, how far a failed comparison may fall back (Knuth, Morris and Pratt).
    private let fallbacks: [[Int]]

    package init(_ pattern: String) {
        let parts = pattern.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        self.init(parts: parts.map { Array($0) })
    }

    private init(parts: [[UInt8]]) {
        self.parts = parts
        fallbacks = parts.map(Self.fallback)
    }

    /// Whether the pattern has no star.
    package var isExact: Bool { parts.count == 1 }

    /// The same stars with each text between them changed.
    func mapParts(_ transform: ([UInt8]) -> [UInt8]) -> Glob {
        Glob(parts: parts.map(transform))
    }

    package func matches(_ text: String) -> Bool {
        matches(Array(text.utf8))
    }

    func matches<Text: RandomAccessCollection<UInt8>>(_ text: Text) -> Bool where Text.Index == Int {
        guard let first = parts.first, let last = parts.last else { return false }
        if isExact { return text.count == first.count && text.elementsEqual(first) }
        guard text.count >= first.count + last.count, text.starts(with: first),
            text.suffix(last.count).elementsEqual(last)
        else { return false }
        var position = text.startIndex + first.count
        let end = text.endIndex - last.count
        for index in parts.indices.dropFirst().dropLast() where !parts[index].isEmpty {
            guard let next = Self.find(parts[index], fallbacks[index], in: text, from: position, to: end) else {
                return false
            }
            position = next
        }
        return true
    }

    /// The index after the first occurrence of `part` in `text[from..<to]`.
    private static func find<Text: RandomAccessCollection<UInt8>>(
        _ part: [UInt8],
        _ fallback: [Int],
        in text: Text,
        from: Int,
        to: Int
    ) -> Int? where Text.Index == Int {
        var matched = 0
        var index = from
        while index < to {
            let byte = text[index]
            while matched > 0, byte != part[matched] { matched = fallback[matched - 1] }
            if byte == part[matched] { matched += 1 }
            index += 1
            if matched == part.count { return index }
        }
        return nil
    }

    private static func fallback(_ part: [UInt8]) -> [Int] {
        var table = [Int](repeating: 0, count: part.count)
        var length = 0
        for index in part.indices.dropFirst() {
            while length > 0, part[index] != part[length] { length = table[length - 1] }
            if part[index] == part[length] { length += 1 }
            table[index] = length
        }
        return table
    }
}
