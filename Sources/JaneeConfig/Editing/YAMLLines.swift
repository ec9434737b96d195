import JaneeSecrets

/// A YAML text by lines and columns as its parser counts them.
struct YAMLLines {
    typealias Line = [Unicode.Scalar]

    private(set) var lines: [Line]
    private let lineBreak: String
    private let endsWithBreak: Bool

    /// nil if the text has line breaks that the parser counts and editors do not show.
    init?(_ text: String) {
        let unusual: Set<Unicode.Scalar> = ["\u{85}", "\u{2028}", "\u{2029}"]
        guard !text.unicodeScalars.contains(where: unusual.contains) else { return nil }
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
        let isEmpty = lines == [[]]
        // What is written into an empty file ends as files do.
        endsWithBreak = isEmpty || lines.count > 1 && lines.last == []
        if endsWithBreak { lines.removeLast() }
        let breaks = lines.dropLast(endsWithBreak ? 0 : 1)
        let isWindows = !breaks.isEmpty && breaks.allSatisfy { $0.last == "\r" }
        lineBreak = isWindows ? "\r\n" : "\n"
        if isWindows {
            lines = lines.map { $0.last == "\r" ? $0.dropLast() : $0 }
        } else if lines.contains(where: { $0.contains("\r") }) {
            return nil
        }
        self.lines = lines
    }

    var text: String {
        let body = lines.map { String(String.UnicodeScalarView($0)) }.joined(separator: lineBreak)
        return lines.isEmpty ? "" : body + (endsWithBreak || body.isEmpty ? lineBreak : "")
    }

    var count: Int { lines.count }

    subscript(_ index: Int) -> Line { lines[index] }

    /// The number of spaces at the beginning.
    func indent(_ index: Int) -> Int { lines[index].prefix { $0 == " " }.count }

    /// Whether a line is empty or a comment.
    func isBlankOrComment(_ index: Int) -> Bool {
        guard let first = lines[index].first(where: { $0 != " " && $0 != "\t" }) else { return true }
        return first == "#"
    }

    func isComment(_ index: Int) -> Bool {
        lines[index].first { $0 != " " && $0 != "\t" } == "#"
    }

    /// Whether a line is an item of a list at this indentation.
    func isItem(_ index: Int, at indent: Int) -> Bool {
        let line = lines[index]
        guard line.count > indent, self.indent(index) == indent, line[indent] == "-" else { return false }
        return line.count == indent + 1 || line[indent + 1] == " "
    }

    /// Whether a line separates or ends documents.
    func isMarker(_ index: Int) -> Bool {
        let start = String(String.UnicodeScalarView(lines[index].prefix(3)))
        return start == "---" || start == "..."
    }

    mutating func insert(_ new: [String], at index: Int) {
        lines.insert(contentsOf: new.map { Array($0.unicodeScalars) }, at: index)
    }

    mutating func remove(_ range: Range<Int>) {
        lines.removeSubrange(range)
    }

    /// Puts `text` in the place of what stands from one place to another, the second excluded.
    mutating func replace(from start: Place, to end: Place, with text: String) {
        let before = lines[start.line].prefix(start.column)
        let after = lines[end.line].dropFirst(end.column)
        lines.replaceSubrange(start.line...end.line, with: [Array(before) + text.unicodeScalars + after])
    }

    /// A place between characters, both numbers from 0.
    struct Place: Equatable {
        var line: Int
        var column: Int

        init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }

        init(_ position: ConfigPosition) {
            line = position.line - 1
            column = position.column - 1
        }
    }

    /// The character at a place; a line break at the end of a line, nil at the end of the text.
    func character(_ place: Place) -> Unicode.Scalar? {
        guard place.line < lines.count else { return nil }
        return place.column < lines[place.line].count ? lines[place.line][place.column] : "\n"
    }

    /// The place after the character at `place`.
    func after(_ place: Place) -> Place {
        place.column < lines[place.line].count
            ? Place(line: place.line, column: place.column + 1) : Place(line: place.line + 1, column: 0)
    }
}
