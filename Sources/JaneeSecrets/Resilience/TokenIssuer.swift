/// A credential as a back end grants it.
public struct TokenGrant<Token: Sendable & Equatable>: Sendable {
    /// The credential.
    public var token: Token
    /// For how long it is good, counted from when the request was sent; nil if it does not expire (`ttl: 0`).
    public var lifetime: Duration?
    /// Whether its lifetime can be extended.
    public var isRenewable: Bool
    /// When the back end wants it renewed, where that is before 80 % of its lifetime (`refresh_in`).
    public var refreshAfter: Duration?
    /// How many requests it is good for (`num_uses`); nil for any number.
    public var uses: Int?
    /// Whether we made it, so that it is ours to revoke.
    public var isRevocable: Bool
    /// Whether the back end has just said that the credential is good, so that it is used although it was refused before.
    public var isConfirmed: Bool

    /// Makes a grant.
    public init(
        _ token: Token,
        lifetime: Duration?,
        isRenewable: Bool = false,
        refreshAfter: Duration? = nil,
        uses: Int? = nil,
        isRevocable: Bool = false,
        isConfirmed: Bool = false
    ) {
        self.token = token
        self.lifetime = lifetime
        self.isRenewable = isRenewable
        self.refreshAfter = refreshAfter
        self.uses = uses
        self.isRevocable = isRevocable
        self.isConfirmed = isConfirmed
    }
}

/// How a provider gets the credential that its requests carry; ``TokenLease`` decides when.
///
/// Each call is one attempt: what happens after a failure is not the issuer's concern.
public protocol TokenIssuer<Token>: Sendable {
    /// The credential.
    associatedtype Token: Sendable & Equatable

    /// Gets a credential with what the configuration holds, which is read anew each time.
    ///
    /// - Throws: `PROVIDER_AUTH_FAILED` if it is refused; `PROVIDER_UNAVAILABLE`, `PROVIDER_RATE_LIMITED`.
    func logIn() async throws(SecretError) -> TokenGrant<Token>

    /// Extends the lifetime of a credential.
    ///
    /// - Throws: `PROVIDER_PERMISSION_DENIED` if it may not be extended, `PROVIDER_AUTH_FAILED` if it is dead.
    func renew(_ token: Token) async throws(SecretError) -> TokenGrant<Token>

    /// Ends a credential that ``logIn()`` made, as well as possible.
    func revoke(_ token: Token) async
}
