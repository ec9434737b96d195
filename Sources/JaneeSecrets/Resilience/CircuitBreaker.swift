/// Stops requests to a back end that is down (RFC 0005, "Circuit breaker").
///
/// After a number of operations in a row that ended unavailable it opens, and nothing is sent for a while. Then one
/// operation is let through: it decides whether the others follow. A pure value; times are ``TimeSource/now``.
public struct CircuitBreaker: Sendable {
    /// How an operation ended, as far as the breaker is concerned.
    public enum Outcome: Sendable, Hashable {
        /// The back end answered: with a value, "does not exist", or "not for you".
        case answered
        /// The back end could not be reached, after all attempts.
        case unavailable
        /// It says nothing about whether the back end is up: cancelled, refused login, rate limit, failure of ours.
        case neither
    }

    /// Whether an operation may go on.
    public enum Admission: Sendable, Hashable {
        case admitted(Ticket)
        /// Nothing may be sent; the next probe is possible after this time.
        case refused(retryAfter: Duration)
    }

    /// What an admitted operation gives back when it has ended.
    public struct Ticket: Sendable, Hashable {
        fileprivate let isProbe: Bool
    }

    /// What the breaker does at the moment.
    public enum State: Sendable, Hashable {
        case closed(failures: Int)
        case open(until: Duration)
        /// One operation is on its way to find out.
        case probing
    }

    /// How many operations in a row must fail to open it.
    public let threshold: Int
    /// For how long nothing is sent.
    public let cooldown: Duration
    /// What it does at the moment.
    public private(set) var state = State.closed(failures: 0)

    /// Makes a closed breaker; the defaults are the RFC's.
    public init(threshold: Int = 5, cooldown: Duration = .seconds(30)) {
        self.threshold = threshold
        self.cooldown = cooldown
    }

    /// What it would do with the next operation.
    public enum Position: Int, Sendable, Hashable {
        case closed = 0
        /// The next operation, or the one that is on its way, finds out.
        case halfOpen = 1
        case open = 2
    }

    /// What it would do with the next operation.
    public func position(at now: Duration) -> Position {
        switch state {
        case .closed: .closed
        case .open(let until) where now < until: .open
        case .open, .probing: .halfOpen
        }
    }

    /// Asks for an operation to go on.
    public mutating func admit(at now: Duration) -> Admission {
        switch state {
        case .closed: return .admitted(Ticket(isProbe: false))
        case .open(let until) where now < until: return .refused(retryAfter: until - now)
        case .open:
            state = .probing
            return .admitted(Ticket(isProbe: true))
        // How long the probe takes is not known; whoever asks again soon learns more.
        case .probing: return .refused(retryAfter: .seconds(1))
        }
    }

    /// Reports the end of an admitted operation.
    public mutating func end(_ ticket: Ticket, _ outcome: Outcome, at now: Duration) {
        switch (outcome, state) {
        case (.answered, _):
            // Also of an operation that began before the breaker opened: the back end has just answered.
            state = .closed(failures: 0)
        case (.unavailable, .closed(let failures)):
            state = failures + 1 >= threshold ? .open(until: now + cooldown) : .closed(failures: failures + 1)
        case (.unavailable, .probing) where ticket.isProbe:
            state = .open(until: now + cooldown)
        case (.neither, .probing) where ticket.isProbe:
            // The question is still open, so that the next operation may ask it.
            state = .open(until: now)
        case (.unavailable, _), (.neither, _):
            return
        }
    }
}

extension CircuitBreaker.Outcome {
    /// What a failure says about the back end.
    public init(_ error: SecretError) {
        self =
            switch error.code {
            case _ where error.isCancellation: .neither
            case .providerUnavailable: .unavailable
            case .secretNotFound, .providerPermissionDenied: .answered
            case .providerNotFound, .providerConfigInvalid, .invalidSecretURI, .providerAuthFailed,
                .providerRateLimited, .providerInternalError:
                .neither
            }
    }
}
