/// A reference to a secret as a configuration or a command writes it: provider and reference.
///
/// Three forms exist: a URI (`prodVault://mcp/agents/stripe`), a bare path in the default filesystem provider
/// (`stripe-api-key`), and the structured form with a field and a version. People paste keys where a bare path belongs,
/// and many keys are valid paths, so the description of a bare reference never shows it.
public struct SecretURI: Hashable, Sendable {
    /// How a reference was written.
    public enum Form: Sendable, Hashable {
        /// `provider://path`
        case uri
        /// A path without `://`.
        case bare
        /// `{ provider, path, field?, version? }`
        case structured
    }

    /// The provider asked; ``ProviderName/local`` for bare references.
    public let provider: ProviderName
    /// The secret asked for.
    public let reference: SecretReference
    /// How it was written.
    public let form: Form

    /// Makes a reference of parts that were written apart from each other.
    ///
    /// The form is ``Form/bare`` if the path may be a key in the wrong place.
    public init(provider: ProviderName, reference: SecretReference, form: Form = .structured) {
        self.provider = provider
        self.reference = reference
        self.form = form
    }

    /// Parses a URI or a bare path (RFC 0005, "URI Format and Parsing").
    ///
    /// - Throws: `INVALID_SECRET_URI`; the text never quotes the reference.
    public init(parsing text: String) throws(SecretError) {
        guard let separator = text.firstRange(of: "://") else {
            provider = .local
            form = .bare
            reference = try SecretReference(path: text)
            return
        }
        let name = text[..<separator.lowerBound]
        guard let provider = ProviderName(name) else {
            throw SecretError(.invalidSecretURI, "Invalid secret reference: \(Self.complaint(aboutProvider: name))")
        }
        self.provider = provider
        form = .uri
        reference = try SecretReference(path: text[separator.upperBound...])
    }

    private static func complaint(aboutProvider name: Substring) -> String {
        guard let first = name.unicodeScalars.first else { return "the provider name before '://' is missing" }
        if !(first.isASCII && first.properties.isAlphabetic) { return "the provider name must start with a letter" }
        if name.utf8.count > ProviderName.maximumLength {
            return "the provider name is longer than \(ProviderName.maximumLength) characters"
        }
        return "the provider name may hold only letters, digits, '-' and '_'"
    }

    /// Whether the two ask for the same secret, however they are written.
    public static func == (left: SecretURI, right: SecretURI) -> Bool {
        left.provider == right.provider && left.reference == right.reference
    }

    /// Hashes provider and reference.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(provider)
        hasher.combine(reference)
    }
}

extension SecretURI: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The reference for operators; a bare one is described, never shown.
    public var description: String {
        form == .bare ? "a bare reference" : "\(provider)://\(reference.displayPath)"
    }

    /// The same as ``description``.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
