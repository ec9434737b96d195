/// What Janee leaves to a back end's own tools, because it only reads from remote providers (RFC 0005, "V1 Scope").
public enum NativeAction: Sendable, CaseIterable {
    /// Store a value, which the tool reads from standard input.
    case set
    /// Remove a secret.
    case delete
    /// List what is stored.
    case list
}
