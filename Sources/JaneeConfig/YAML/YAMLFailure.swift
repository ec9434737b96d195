import JaneeSecrets
import Yams

/// What stopped the YAML parser, in words of ours and the parser's fixed ones.
///
/// Yams' own texts quote the source line, which may hold a secret.
enum YAMLFailure {
    /// The problem of a file's `text`.
    static func problem(_ error: YamlError, in text: String) -> ConfigProblem {
        switch error {
        case .scanner(let context, let words, let mark, _), .parser(let context, let words, let mark, _),
            .composer(let context, let words, let mark, _):
            problem(words, at: ConfigPosition(mark), context, in: text)
        case .duplicatedKeysInMapping(_, let context):
            repeated(at: ConfigPosition(context.mark), firstOn: context.mark.line)
        case .reader(let words, let offset, _, _):
            problem(at: place(of: text.prefix(offset ?? 0)), "the file is not valid YAML: \(words)")
        default:
            problem(at: .start, "the file is not valid YAML")
        }
    }

    /// A key that stands in one map more than once.
    static func repeated(at position: ConfigPosition, firstOn line: Int) -> ConfigProblem {
        problem(at: position, "this key appears more than once in the same map (first on line \(line))")
    }

    /// A problem of the file as a whole, or of a place that is no field.
    static func problem(at position: ConfigPosition, _ message: String) -> ConfigProblem {
        ConfigProblem(at: position, field: "", message)
    }

    /// The place after the text `before`.
    static func place(of before: Substring) -> ConfigPosition {
        let lines = before.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        return ConfigPosition(line: max(lines.count, 1), column: (lines.last?.unicodeScalars.count ?? 0) + 1)
    }

    private static func problem(
        _ words: String,
        at position: ConfigPosition,
        _ context: YamlError.Context?,
        in text: String
    ) -> ConfigProblem {
        if words.hasSuffix("found another document") {
            return problem(at: position, "the file holds a second document; only one is read")
        }
        var place = position
        var message = "the file is not valid YAML: \(words)"
        if let context, context.text.hasPrefix("while ") {
            let start = ConfigPosition(context.mark)
            // What has no end is found at the end of the file, and mended where it starts.
            if words.hasSuffix("end of stream") { place = start }
            message += " \(context.text)"
            if place != start { message += " that starts at \(start.line):\(start.column)" }
        }
        return problem(at: place, message + hint(position, in: text))
    }

    /// What the two slips are that YAML's words do not tell.
    private static func hint(_ position: ConfigPosition, in text: String) -> String {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        guard lines.indices.contains(position.line - 1) else { return "" }
        let before = lines[position.line - 1].unicodeScalars.prefix(position.column - 1)
        let rest = lines[position.line - 1].unicodeScalars.dropFirst(position.column - 1)
        if rest.first == "\t" { return "; YAML indents with spaces, not with tabs" }
        return before.last == "$" && rest.first == "{" ? "; inside { } and [ ] put '${…}' in quotes" : ""
    }
}

extension ConfigPosition {
    /// The place of a mark of the parser.
    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}
