/// What happens to the credential of a ``TokenLease``, for whoever counts it.
public enum TokenEvent: Sendable, Hashable {
    /// How a credential is got.
    public enum Operation: String, Sendable, Hashable {
        /// With what the configuration holds.
        case login
        /// By extending the one there is.
        case renewal
    }

    /// It was got; it is good for `lifetime`, or does not expire.
    case granted(Operation, lifetime: Duration?)
    /// It was not got.
    case failed(Operation, SecretError.Code)
    /// It is not used any more.
    case ended
}
