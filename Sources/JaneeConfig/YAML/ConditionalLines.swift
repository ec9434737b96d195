/// Lets the conditional form of a secret reference stand unquoted, as the specification's example writes it.
///
/// `key: ${JANEE_ENV == 'prod' ? 'a' : 'b'}://path` is not YAML, because ` : ` starts a map value. Such a one-line value
/// of a block map is read as if it were in single quotes. Only lines on which YAML has already failed are touched, so
/// text that parses keeps its meaning; positions stay true because nothing before the value moves.
struct ConditionalLines {
    /// The lines of the text, without their ends.
    var lines: [Substring]
    private var quoted: Set<Int> = []
    /// More conditionals than any configuration has; each one costs another pass of the parser.
    private static let maximumPasses = 256

    init(_ text: String) {
        // A carriage return with its line feed is one character.
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    var text: String { lines.joined(separator: "\n") }

    /// Quotes the conditional on line `number` (from 1), or on the line before it, where the parser may have noticed
    /// only later; false if there is none that was not quoted before.
    mutating func quoteConditional(near number: Int) -> Bool {
        guard quoted.count < Self.maximumPasses else { return false }
        for index in [number - 1, number - 2] where lines.indices.contains(index) && !quoted.contains(index) {
            guard let line = Self.quoting(lines[index]) else { continue }
            lines[index] = Substring(line)
            quoted.insert(index)
            return true
        }
        return false
    }

    private static func quoting(_ line: Substring) -> String? {
        guard let separator = line.firstRange(of: ": ") else { return nil }
        let value = line[separator.upperBound...].drop { $0 == " " }
        guard value.hasPrefix("${"), let question = value.firstRange(of: " ? "),
            value[question.upperBound...].contains(" : ")
        else { return nil }
        var body = value
        if let comment = value.firstRange(of: " #") { body = value[..<comment.lowerBound] }
        while let last = body.last, last == " " || last == "\r" || last == "\t" { body = body.dropLast() }
        let escaped = body.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        return line[..<value.startIndex] + "'" + escaped + "'"
            + line[body.endIndex...]
    }
}
