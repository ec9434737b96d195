/// Text with `${…}` in it, parsed once and resolved when it is needed (RFC 0005, "Secret substitution").
///
/// - `${NAME}`: an environment variable; unset is an error.
/// - `${file:/path}`: a file's content without one trailing newline (credential fields only).
/// - `${NAME == 'a' ? 'x' : 'y'}` and `!=` (secret references only); an unset variable compares as empty.
/// - `$${`: a literal `${`. Results are not scanned again.
public struct SubstitutionTemplate: Sendable, Hashable {
    /// Where a template stands, which decides what it may hold.
    public enum Place: Sendable {
        /// A field of `providers.*.auth`.
        case credential
        /// A secret reference of a service.
        case reference
    }

    enum Part: Sendable, Hashable {
        case literal(String)
        case variable(String)
        case file(String)
        case choice(variable: String, equals: Bool, value: String, then: String, otherwise: String)
    }

    let parts: [Part]

    /// Parses `text`.
    ///
    /// - Throws: A refusal that names the place but quotes nothing of the text except variable names.
    public init(parsing text: String, in place: Place) throws(ConfigStringFormat.Refusal) {
        var parts: [Part] = []
        var literal = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            literal += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                literal += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Self.refusal("has a '${' without a closing '}' (write '$${' for a literal one)")
                }
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(try Self.part(rest[rest.index(rest.startIndex, offsetBy: 2)..<end], in: place))
                rest = rest[rest.index(after: end)...]
            } else {
                literal.append("$")
                rest = rest.dropFirst()
            }
        }
        literal += rest
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    /// The variables that must be set for the template to resolve.
    public var requiredVariables: [String] {
        parts.compactMap { if case .variable(let name) = $0 { name } else { nil } }
    }

    /// Whether the template is plain text.
    public var isLiteral: Bool {
        parts.allSatisfy { if case .literal = $0 { true } else { false } }
    }

    private static func part(_ body: Substring, in place: Place) throws(ConfigStringFormat.Refusal) -> Part {
        if body.hasPrefix("file:") {
            guard place == .credential else { throw refusal("may not use '${file:…}'; only provider credentials may") }
            let path = String(body.dropFirst("file:".count))
            guard path.hasPrefix("/") || path == "~" || path.hasPrefix("~/") else {
                throw refusal("'${file:…}' needs an absolute path or one that starts with '~/'")
            }
            return .file(path)
        }
        if isVariableName(body) { return .variable(String(body)) }
        guard place == .reference else {
            throw refusal("has a '${…}' that is neither '${NAME}' nor '${file:/path}'")
        }
        guard let choice = ConditionalParser.parse(body) else {
            throw refusal("has a '${…}' that is neither '${NAME}' nor '${NAME == 'a' ? 'x' : 'y'}'")
        }
        return choice
    }

    /// Whether a text can be the name of an environment variable.
    package static func isVariableName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        }
    }

    private static func refusal(_ message: String) -> ConfigStringFormat.Refusal {
        ConfigStringFormat.Refusal(message)
    }
}

extension SubstitutionTemplate: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the text, of which literal parts may be a credential.
    public var description: String { "a template of \(parts.count) part(s)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The one conditional form: `NAME == 'a' ? 'x' : 'y'`, or with `!=`.
enum ConditionalParser {
    static func parse(_ body: Substring) -> SubstitutionTemplate.Part? {
        var rest = body
        skipSpaces(&rest)
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard SubstitutionTemplate.isVariableName(name) else { return nil }
        rest = rest.dropFirst(name.count)
        skipSpaces(&rest)
        let equals = rest.hasPrefix("==")
        guard equals || rest.hasPrefix("!=") else { return nil }
        rest = rest.dropFirst(2)
        guard let value = quoted(&rest), take("?", &rest), let then = quoted(&rest), take(":", &rest),
            let otherwise = quoted(&rest)
        else { return nil }
        skipSpaces(&rest)
        guard rest.isEmpty else { return nil }
        return .choice(variable: String(name), equals: equals, value: value, then: then, otherwise: otherwise)
    }

    private static func quoted(_ rest: inout Substring) -> String? {
        guard take("'", &rest), let end = rest.firstIndex(of: "'") else { return nil }
        let text = String(rest[..<end])
        rest = rest[rest.index(after: end)...]
        return text
    }

    private static func take(_ character: Character, _ rest: inout Substring) -> Bool {
        skipSpaces(&rest)
        guard rest.first == character else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func skipSpaces(_ rest: inout Substring) {
        rest = rest.drop { $0 == " " }
    }
}
