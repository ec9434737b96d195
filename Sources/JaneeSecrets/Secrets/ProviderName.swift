/// The name of a configured provider: the `provider-ref` of RFC 0005's URI grammar.
///
/// Names are compared without regard to ASCII case (`prodVault` and `prodvault` are one provider) and shown as written.
public struct ProviderName: Sendable, CustomStringConvertible {
    /// The longest name allowed, in characters.
    public static let maximumLength = 64

    /// The name as written.
    public let spelling: String
    /// The name folded to lower case, by which providers are looked up.
    public let folded: String

    /// Checks `text` against the grammar: a letter, then letters, digits, `-` or `_`, at most 64 characters.
    public init?(_ text: some StringProtocol) {
        guard let first = text.utf8.first, Self.isLetter(first) else { return nil }
        guard text.utf8.count <= Self.maximumLength else { return nil }
        guard text.utf8.allSatisfy({ Self.isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F })
        else { return nil }
        spelling = String(text)
        folded = spelling.lowercased()
    }

    private init(reserved name: String) {
        self.init(builtin: name)
    }

    /// A name that the program gives itself, which need not obey the grammar, so that no configuration can declare it.
    package init(builtin name: String) {
        spelling = name
        folded = name
    }

    /// The reserved name of the default provider.
    public static let local = ProviderName(reserved: "local")
    /// The other reserved name of the default provider.
    public static let filesystem = ProviderName(reserved: "filesystem")

    /// Whether the name is one of the two that mean the default provider (RFC 0005, "Validation Rules").
    public var isReserved: Bool { self == .local || self == .filesystem }

    /// The name as written.
    public var description: String { spelling }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension ProviderName: Hashable {
    /// Two names are equal if they differ in ASCII case only.
    public static func == (left: ProviderName, right: ProviderName) -> Bool { left.folded == right.folded }

    /// Hashes the folded form.
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}
