import JaneeSecrets

/// A token as a login or the configuration gives it; tokens with equal texts are equal.
struct VaultToken: Sendable, Equatable {
    /// Empty where an agent on this machine adds its own.
    let value: SecretValue
    /// Whether a login of ours made it.
    let isOurs: Bool
    /// Whether the server has said how often it may be used.
    var isCounted = false
    /// When it was asked for, by the steady clock.
    let since: Duration

    static func == (left: VaultToken, right: VaultToken) -> Bool { left.value == right.value }
}
