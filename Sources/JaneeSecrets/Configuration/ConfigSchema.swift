/// What a configuration value may be.
///
/// Schemas are data: the strict reader checks files against them, and documentation and editors' schemas are generated
/// from the same definitions.
public indirect enum ConfigSchema: Sendable {
    /// Text of a certain format.
    case string(ConfigStringFormat)
    /// A whole number within bounds.
    case integer(ClosedRange<Int>)
    /// A number, whole or not, within bounds.
    case number(ClosedRange<Double>)
    /// `true` or `false`.
    case boolean
    /// A list whose items all obey one schema.
    case list(ConfigSchema)
    /// A map with free keys of a certain format.
    case map(keys: ConfigStringFormat, values: ConfigSchema)
    /// A map with known fields.
    case object(ConfigObject)
    /// A map whose fields depend on one of them.
    case union(ConfigUnion)
    /// Text in a short form, or a map in a long form.
    case stringOrObject(ConfigStringFormat, ConfigObject)
    /// A map in a short form, or a list of such maps, at least one.
    case objectOrList(ConfigObject)
    /// Text or a whole number, as in version numbers.
    case stringOrInteger(ConfigStringFormat)
    /// Anything: known, but not looked at.
    case anything
}

/// A format of text.
public struct ConfigStringFormat: Sendable {
    /// Why a text does not obey a format: never quoting the text.
    public struct Refusal: Error, Sendable {
        /// A code of the taxonomy where the format knows better than its surroundings.
        public let code: String?
        /// What is wrong and what to do.
        public let message: String

        /// Makes a refusal.
        public init(_ message: String, code: String? = nil) {
            self.message = message
            self.code = code
        }
    }

    /// What the format is called in documentation.
    public let name: String
    /// The only values, where there are few.
    public let choices: [String]?
    /// An anchored regular expression of ECMAScript that every text of the format matches, for editors.
    ///
    /// It may let more pass than ``check``, never less.
    public let pattern: String?
    /// Checks a text.
    public let check: @Sendable (String) -> Refusal?

    /// Makes a format.
    public init(
        name: String,
        choices: [String]? = nil,
        pattern: String? = nil,
        check: @escaping @Sendable (String) -> Refusal?
    ) {
        self.name = name
        self.choices = choices
        self.pattern = pattern
        self.check = check
    }

    /// Any text but the empty one, and nothing that waits to be substituted.
    public static let text = ConfigStringFormat(name: "text", pattern: TextPattern.text) {
        $0.isEmpty ? Refusal("must not be empty") : refusalOfSubstitution(in: $0)
    }

    /// Refuses `${` where nothing is substituted: taken literally it is never what was meant.
    package static func refusalOfSubstitution(in text: String) -> Refusal? {
        text.contains("${") ? Refusal("has a '${…}', which is not substituted here; write the value itself") : nil
    }

    /// Any text.
    public static let anyText = ConfigStringFormat(name: "text, possibly empty") { _ in nil }

    /// One of a few words.
    public static func oneOf(_ choices: [String]) -> ConfigStringFormat {
        ConfigStringFormat(name: "one of \(choices.joined(separator: ", "))", choices: choices) { text in
            guard !choices.contains(text) else { return nil }
            let hint = NearestName.of(text, among: choices).map { "; did you mean '\($0)'?" } ?? ""
            return Refusal("must be one of: \(choices.joined(separator: ", "))\(hint)")
        }
    }
}

/// One field of an object.
public struct ConfigField: Sendable {
    /// The key.
    public let name: String
    /// What it may hold.
    public let schema: ConfigSchema
    /// Whether it must be there.
    public let isRequired: Bool
    /// One line for documentation and editors.
    public let summary: String

    /// A field that must be there.
    public static func required(_ name: String, _ schema: ConfigSchema, _ summary: String) -> ConfigField {
        ConfigField(name: name, schema: schema, isRequired: true, summary: summary)
    }

    /// A field that may be left out.
    public static func optional(_ name: String, _ schema: ConfigSchema, _ summary: String) -> ConfigField {
        ConfigField(name: name, schema: schema, isRequired: false, summary: summary)
    }
}

/// A map with known fields; any other key is an error (RFC 0005, "Strict mode").
public struct ConfigObject: Sendable {
    /// The fields.
    public let fields: [ConfigField]

    /// Makes an object.
    public init(_ fields: [ConfigField]) {
        self.fields = fields
    }
}

/// A map in which one field (`type`, `method`) says which others there are.
public struct ConfigUnion: Sendable {
    /// The field that decides.
    public let discriminator: String
    /// Its values with the fields that go with each, in the order of documentation.
    public let variants: [(name: String, object: ConfigObject)]

    /// Makes a union.
    public init(discriminator: String, variants: [(name: String, object: ConfigObject)]) {
        self.discriminator = discriminator
        self.variants = variants
    }
}
