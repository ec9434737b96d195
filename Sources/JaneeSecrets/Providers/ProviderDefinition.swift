/// What a type of provider adds to the program: its configuration and how to make one.
///
/// The registered definitions are the only list of provider types; configuration files are checked against
/// ``configuration`` before ``makeProvider(name:configuration:context:)`` ever sees them.
public protocol ProviderDefinition: Sendable {
    /// The value of `type:` that selects this definition.
    var type: String { get }

    /// Everything `providers.<name>` may hold besides `type`.
    var configuration: ConfigObject { get }

    /// Checks a reference without asking the back end, at start-up.
    ///
    /// - Throws: `INVALID_SECRET_URI` if no secret of this provider can have such a path.
    func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError)

    /// How reads are bounded and repeated; for remote providers what their optional fields say.
    func limits(configuration: ConfigSection) -> ProviderLimits

    /// Makes the provider; nothing is connected yet.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    func makeProvider(
        name: ProviderName,
        configuration: ConfigSection,
        context: ProviderContext
    ) throws(SecretError) -> any SecretsProvider

    /// The command of the back end's own tool for what Janee does not do with a remote provider; nil if there is none.
    ///
    /// `path` is the decoded path of the secret concerned, or a word that stands for it; use ``ShellWord``.
    func nativeCommand(_ action: NativeAction, path: String, configuration: ConfigSection) -> String?
}

extension ProviderDefinition {
    /// Accepts every path of the URI grammar.
    public func validate(_ reference: SecretReference, configuration: ConfigSection) throws(SecretError) {}

    /// Reads the optional fields that every remote provider has.
    public func limits(configuration: ConfigSection) -> ProviderLimits { ProviderLimits(configuration) }

    /// No command.
    public func nativeCommand(_ action: NativeAction, path: String, configuration: ConfigSection) -> String? { nil }
}
