/// How often and when a failed operation is tried again (RFC 0005, "Retry and Backoff Strategy").
public struct RetryPolicy: Sendable, Hashable {
    /// How often an operation is tried in all.
    public var maxAttempts: Int
    /// The pause after the first attempt.
    public var initialDelay: Duration
    /// The longest pause that is not asked for by the back end.
    public var maxDelay: Duration
    /// By how much each pause is longer than the one before.
    public var multiplier: Double
    /// The failures that are worth another attempt.
    public var retryable: Set<SecretError.Code>

    /// Makes a policy; the defaults are the RFC's.
    public init(
        maxAttempts: Int = 3,
        initialDelay: Duration = .milliseconds(100),
        maxDelay: Duration = .seconds(5),
        multiplier: Double = 2,
        retryable: Set<SecretError.Code> = [.providerUnavailable, .providerRateLimited]
    ) {
        self.maxAttempts = maxAttempts
        self.initialDelay = initialDelay
        self.maxDelay = maxDelay
        self.multiplier = multiplier
        self.retryable = retryable
    }

    /// One attempt, for what is not worth another.
    public static let never = RetryPolicy(maxAttempts: 1)

    /// What follows a failed attempt.
    public enum Decision: Sendable {
        /// Another attempt after a pause.
        case retry(after: Duration)
        /// The operation has failed.
        case fail(SecretError)
    }

    /// Decides what follows a failure.
    ///
    /// - Parameters:
    ///   - attempt: The number of the attempt that failed, from 1.
    ///   - error: The failure. Its ``SecretError/retryAfter`` replaces the pause.
    ///   - remaining: What is left of the operation's time. Nothing is tried that could not be answered in it.
    ///   - jitter: From 0 to 1: how much of the tenth that pauses are spread by is added.
    public func decide(
        after attempt: Int,
        _ error: SecretError,
        remaining: Duration,
        jitter: Double
    ) -> Decision {
        guard retryable.contains(error.code) else { return .fail(error) }
        if let asked = error.retryAfter, asked >= remaining {
            return .fail(error.code == .providerRateLimited ? error : error.asRateLimited)
        }
        guard attempt < maxAttempts else { return .fail(error) }
        let pause = error.retryAfter ?? delay(after: attempt, jitter: jitter)
        return pause < remaining ? .retry(after: pause) : .fail(error)
    }

    /// The pause after an attempt where the back end asks for none: doubled each time, spread by up to a tenth, never
    /// above ``maxDelay``.
    public func delay(after attempt: Int, jitter: Double) -> Duration {
        var delay = min(initialDelay, maxDelay)
        for _ in 1..<max(attempt, 1) where delay < maxDelay { delay = min(delay * multiplier, maxDelay) }
        return min(delay * (1 + 0.1 * min(max(jitter, 0), 1)), maxDelay)
    }
}

extension SecretError {
    /// The failure of a back end that is up and names the time before which it is not to be asked.
    fileprivate var asRateLimited: SecretError {
        SecretError(
            .providerRateLimited,
            detail,
            provider: provider,
            path: path,
            retryAfter: retryAfter,
            cause: self
        )
    }
}
