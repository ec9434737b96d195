/// Pauses that double from one failure to the next, up to a minute.
package struct Backoff: Sendable {
    package static let longest = Duration.seconds(60)

    /// How many failures there were in a row.
    package private(set) var failures = 0
    /// When to try again.
    package private(set) var notBefore = Duration.zero

    package init() {}

    /// Takes another failure into account.
    ///
    /// - Parameters:
    ///   - now: The time of the failure.
    ///   - first: The pause after the first failure.
    ///   - jitter: From 0 to 1: how much of the tenth that pauses are spread by is added.
    ///   - atLeast: What the back end has asked for.
    package mutating func fail(at now: Duration, first: Duration, jitter: Double, atLeast: Duration? = nil) {
        let pause = min(first * (1 << min(failures, 16)), Self.longest)
        failures += 1
        notBefore = now + max(pause * (1 + jitter / 10), atLeast ?? .zero)
    }
}
