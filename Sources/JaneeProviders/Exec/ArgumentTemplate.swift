import JaneeSecrets

/// The arguments of a command, in which `{path}`, `{field}` and `{version}` stand for what is asked for.
struct ArgumentTemplate: Sendable, Hashable {
    fileprivate enum Part: Sendable, Hashable {
        case literal(String)
        case path, field, version
    }

    private let arguments: [[Part]]
    private let placeholders: Set<Part>

    /// - Parameter texts: Where none of them has `{path}`, the path is the last argument, as summon has it.
    init(_ texts: [String]) {
        var arguments = texts.map(Self.parse)
        if !arguments.contains(where: { $0.contains(.path) }) { arguments.append([.path]) }
        self.arguments = arguments
        placeholders = Set(arguments.flatMap { $0 })
    }

    /// The arguments for a reference.
    ///
    /// - Throws: `INVALID_SECRET_URI` if something that is asked for has no place, or if the command could take it for an
    ///   option.
    func callAsFunction(_ reference: SecretReference) throws(SecretError) -> [String] {
        if reference.field != nil, !placeholders.contains(.field) {
            throw SecretError(
                .invalidSecretURI,
                "the provider's 'args' have no '{field}', so no field can be asked for"
            )
        }
        if reference.version != nil, !placeholders.contains(.version) {
            throw SecretError(
                .invalidSecretURI,
                "the provider's 'args' have no '{version}', so no version can be asked for"
            )
        }
        var filled: [String] = []
        for parts in arguments {
            // An argument that is only about what nobody asked for is left out.
            if reference.field == nil, parts == [.field] { continue }
            if reference.version == nil, parts == [.version] { continue }
            let text = parts.map { $0.text(reference) }.joined()
            guard !text.hasPrefix("-") || parts.first?.isLiteral == true else {
                throw SecretError(.invalidSecretURI, "the command would take what starts with '-' for an option")
            }
            filled.append(text)
        }
        return filled
    }

    private static func parse(_ text: String) -> [Part] {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.first {
            if let (part, length) = placeholder(rest) {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(part)
                rest = rest.dropFirst(length)
            } else {
                literal.append(character)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty || parts.isEmpty { parts.append(.literal(literal)) }
        return parts
    }

    private static func placeholder(_ text: Substring) -> (part: Part, length: Int)? {
        let all: [(String, Part)] = [("{path}", .path), ("{field}", .field), ("{version}", .version)]
        return all.first { text.hasPrefix($0.0) }.map { ($0.1, $0.0.count) }
    }
}

extension ArgumentTemplate.Part {
    fileprivate var isLiteral: Bool {
        if case .literal = self { true } else { false }
    }

    fileprivate func text(_ reference: SecretReference) -> String {
        switch self {
        case .literal(let text): text
        case .path: reference.path
        case .field: reference.field ?? ""
        case .version: reference.version ?? ""
        }
    }
}
