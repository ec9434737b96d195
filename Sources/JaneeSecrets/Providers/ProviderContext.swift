public import Logging

/// What the program lends to a provider.
public struct ProviderContext: Sendable {
    /// The guarded way to the network; providers use no other.
    public let transport: any HTTPTransport
    /// The way to the credential source of the platform, which the other one does not reach.
    public let metadata: any MetadataTransport
    /// A logger whose every line passes the redactor.
    public let logger: Logger
    /// Resolves `${NAME}` and `${file:…}` in credential fields, each time it is asked.
    public let substitution: SubstitutionSource
    /// The key that encrypts secrets stored on this machine, asked for when one is read or written.
    public let masterKey: @Sendable () async throws(SecretError) -> SecretValue
    /// The user's home directory, for `~` in paths.
    public let homeDirectory: String
    /// The time, by which tokens expire and pauses end.
    public let time: TimeSource
    /// Takes what happens to the credentials of providers that log in; give it to ``TokenLease`` with the provider's name.
    public let tokenEvents: @Sendable (ProviderName, TokenEvent) -> Void
    /// What requests call this program in `User-Agent`.
    public let userAgent: String
    /// Whether providers may be on this machine: an address that literally says so.
    public let allowsLoopback: Bool

    /// Makes a context.
    public init(
        transport: any HTTPTransport,
        metadata: any MetadataTransport = NoMetadata(),
        logger: Logger,
        substitution: SubstitutionSource,
        masterKey: @escaping @Sendable () async throws(SecretError) -> SecretValue,
        homeDirectory: String,
        time: TimeSource = .system,
        userAgent: String = "janee",
        allowsLoopback: Bool = true,
        tokenEvents: @escaping @Sendable (ProviderName, TokenEvent) -> Void = { _, _ in }
    ) {
        self.transport = transport
        self.metadata = metadata
        self.logger = logger
        self.substitution = substitution
        self.masterKey = masterKey
        self.homeDirectory = homeDirectory
        self.time = time
        self.tokenEvents = tokenEvents
        self.userAgent = userAgent
        self.allowsLoopback = allowsLoopback
    }
}
