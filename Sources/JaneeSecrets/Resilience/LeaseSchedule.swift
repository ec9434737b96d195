/// The time on two clocks: one that never jumps but may stand still while the machine sleeps, and the calendar.
struct LeaseTime: Sendable, Hashable {
    var steady: Duration
    var calendar: Duration

    /// The longer of what the two clocks say, so that a lease is rather thought to be too old than too young.
    func elapsed(since other: LeaseTime) -> Duration {
        max(steady - other.steady, calendar - other.calendar)
    }
}

/// When a credential is used, renewed and replaced (RFC 0005, "Token Refresh and Renewal").
///
/// A pure value. No failure makes it hasty: after each one there is a pause that grows, and between two requests of its own accord
/// there is at least ``spacing``.
struct LeaseSchedule<Token: Sendable & Equatable>: Sendable {
    /// A credential that was granted.
    struct Held: Sendable {
        var grant: TokenGrant<Token>
        /// Which one of all it is.
        let number: UInt64
        /// When the request for its present lifetime was sent.
        var sent: LeaseTime
        /// What the login had granted: much less than that means that an upper bound is near.
        let fullLifetime: Duration?
        /// Whether a request with it has ever been accepted.
        var hasServed = false

        func remaining(at now: LeaseTime) -> Duration? {
            grant.lifetime.map { $0 - now.elapsed(since: sent) }
        }

        func isExpired(at now: LeaseTime) -> Bool {
            remaining(at: now).map { $0 <= .zero } ?? false
        }

        /// How long it is until it should be renewed.
        func untilRenewal(at now: LeaseTime) -> Duration? {
            guard let lifetime = grant.lifetime else { return grant.refreshAfter.map { $0 - now.elapsed(since: sent) } }
            let due = min(lifetime * 4 / 5, grant.refreshAfter ?? lifetime)
            return due - now.elapsed(since: sent)
        }
    }

    /// What to do for a request that needs the credential.
    enum Use: Sendable {
        case token(Token, number: UInt64)
        case logIn
        case refused(SecretError)
    }

    /// What to do without being asked.
    enum Step: Sendable, Equatable {
        case renew(Token, number: UInt64)
        case logIn
        /// Look again later.
        case wait(Duration)
        /// Nothing to do until a login.
        case rest
    }

    /// The shortest time between two requests that nobody waits for, and between two logins of which the first yielded
    /// a credential that had expired or died.
    static var spacing: Duration { .seconds(1) }

    private(set) var held: Held?
    /// Credentials of ours that were replaced and may still be good.
    private(set) var superseded: [Held] = []
    private var lastNumber: UInt64 = 0
    /// The credential that was refused last, and when.
    private var dead: (token: Token, time: Duration)?
    private var lastDead: UInt64 = 0
    /// It ends with a request that was accepted: what a login yields may be of no use.
    private var logins = Backoff()
    private var renewals = Backoff()
    /// When the last request was sent, by the steady clock.
    private var lastRequest: Duration?
    private var lastLogin: Duration?
    private(set) var lastFailure: SecretError?

    // MARK: Use

    /// Takes one use of the credential.
    ///
    /// - Parameters:
    ///   - fresh: The number of a credential that the caller has just waited for: it is used even if its time is over
    ///     already.
    ///   - isSpent: Whether the use counts; it does not for whoever only wants to know whether there is a credential.
    mutating func use(at now: LeaseTime, fresh: UInt64? = nil, isSpent: Bool = true) -> Use {
        if let held, held.grant.uses != 0, !held.isExpired(at: now) || held.number == fresh {
            if isSpent, let uses = held.grant.uses { self.held?.grant.uses = uses - 1 }
            return .token(held.grant.token, number: held.number)
        }
        var earliest = logins.notBefore
        // A login is paid for by a request that was accepted; one that expired before it was of use is not followed at
        // once by the next.
        if let held, held.grant.uses != 0, !held.hasServed, let lastLogin {
            earliest = max(earliest, lastLogin + Self.spacing)
        }
        guard now.steady >= earliest else {
            return .refused(refusal(lastFailure ?? Self.useless, at: now, wait: earliest - now.steady))
        }
        return .logIn
    }

    /// Takes uses of a credential that were spent on questions about it.
    mutating func spend(_ token: Token, uses: Int) {
        guard let held, held.grant.token == token, let left = held.grant.uses else { return }
        self.held?.grant.uses = max(0, left - uses)
    }

    /// The failure of a request that cannot have a credential.
    ///
    /// - Parameter wait: How long no login is tried.
    func refusal(_ failure: SecretError, at now: LeaseTime, wait: Duration? = nil) -> SecretError {
        // Without a credential that has run out, an outage is an outage.
        guard held?.isExpired(at: now) == true, failure.code != .providerAuthFailed, !failure.isCancellation else {
            guard failure.retryAfter != nil, let wait else { return failure }
            return SecretError(failure.code, failure.detail, retryAfter: wait, cause: failure.cause)
        }
        return SecretError(
            .providerAuthFailed,
            "the credential has expired and no new one could be got; logging in is tried again until it succeeds",
            cause: failure
        )
    }

    private static var useless: SecretError {
        SecretError(
            .providerAuthFailed,
            "the credential has expired or was refused, and logging in yields no better one for the moment"
        )
    }

    /// A request with the credential was answered, be it with a refusal of something else.
    mutating func served(_ number: UInt64) {
        guard held?.number == number, held?.hasServed == false else { return }
        // Only the first time: what has failed since was a login for the next one, which is not mended by this one.
        held?.hasServed = true
        dead = nil
        logins = Backoff()
    }

    /// A request was refused because of the credential.
    mutating func died(_ number: UInt64, at now: LeaseTime, jitter: Double) {
        // Of many requests with the same one, the first tells.
        guard number > lastDead else { return }
        lastDead = number
        let isHeld = held?.number == number
        // One that was never good is as bad as a refused login, unless so much time has passed that it may have been.
        if !isHeld || isUnproved(at: now) { logins.fail(at: now.steady, first: Self.spacing, jitter: jitter) }
        guard isHeld else { return }
        dead = held.map { ($0.grant.token, now.steady) }
        held = nil
        lastFailure = SecretError(.providerAuthFailed, "the credential was refused")
    }

    private func isUnproved(at now: LeaseTime) -> Bool {
        held.map { !$0.hasServed && now.elapsed(since: $0.sent) < Backoff.longest } ?? false
    }

    // MARK: Steps

    /// What is to be done now that nobody has asked for.
    func step(at now: LeaseTime) -> Step {
        guard let held else {
            // Whatever has ended it, requests ask for the next one; without any, none is needed.
            return lastFailure == nil ? .rest : pause(until: logins.notBefore, now) ?? .logIn
        }
        guard held.grant.uses != 0, let due = held.untilRenewal(at: now) else { return .rest }
        if due > .zero { return .wait(due) }
        if held.grant.isRenewable, !held.isExpired(at: now) {
            // Renewing is a use as well, and the last one is left to whoever needs a secret.
            if let uses = held.grant.uses, uses <= 1 { return .rest }
            return pause(until: renewals.notBefore, now) ?? .renew(held.grant.token, number: held.number)
        }
        return pause(until: logins.notBefore, now) ?? .logIn
    }

    private func pause(until time: Duration, _ now: LeaseTime) -> Step? {
        let time = max(time, lastRequest.map { $0 + Self.spacing } ?? .zero)
        return now.steady < time ? .wait(time - now.steady) : nil
    }

    /// A login is on its way.
    mutating func beginsLogin(at now: LeaseTime) {
        lastRequest = now.steady
        lastLogin = now.steady
    }

    /// A renewal is on its way.
    mutating func beginsRenewal(at now: LeaseTime) {
        lastRequest = now.steady
        if let uses = held?.grant.uses { held?.grant.uses = uses - 1 }
    }

    // MARK: Ends of steps

    /// A login has yielded a credential.
    ///
    /// - Parameter sent: When it was asked for.
    /// - Returns: Its number.
    /// - Throws: `PROVIDER_AUTH_FAILED` if it is the one that has just been refused; later on it is tried again, for the
    ///   refusal may have been a mistake, and there is no other.
    mutating func loggedIn(
        _ grant: TokenGrant<Token>,
        sent: LeaseTime,
        at now: LeaseTime,
        jitter: Double
    ) throws(SecretError) -> UInt64 {
        if let dead, dead.token == grant.token, !grant.isConfirmed, now.steady - dead.time < Backoff.longest {
            let error = SecretError(.providerAuthFailed, "logging in yields the credential that was refused")
            loginFailed(error, at: now, jitter: jitter)
            throw error
        }
        renewals = Backoff()
        lastFailure = nil
        let before = held
        guard let before, before.grant.token == grant.token else {
            supersede(before, at: now)
            lastNumber += 1
            held = Held(grant: grant, number: lastNumber, sent: sent, fullLifetime: grant.lifetime)
            return lastNumber
        }
        // The same one again, such as a configured token or one that a platform keeps.
        held?.grant = grant
        held?.sent = sent
        if Self.isExtended(before, by: grant, sent) {
            if before.hasServed { logins = Backoff() }
        } else {
            // No news; there will be some later.
            logins.fail(at: now.steady, first: Self.spacing, jitter: jitter)
        }
        return before.number
    }

    /// A login has failed.
    mutating func loginFailed(_ error: SecretError, at now: LeaseTime, jitter: Double) {
        lastFailure = error
        // While somebody waits, what may pass is tried again as soon as the operation's attempts allow.
        let isHasty = error.isTransient && (held?.isExpired(at: now) ?? true)
        logins.fail(
            at: now.steady,
            first: isHasty ? .milliseconds(50) : Self.spacing,
            jitter: jitter,
            atLeast: error.retryAfter
        )
    }

    /// A renewal has been granted.
    mutating func renewed(_ grant: TokenGrant<Token>, _ number: UInt64, sent: LeaseTime, at now: LeaseTime) {
        guard let before = held, before.number == number else { return }
        renewals = Backoff()
        var grant = grant
        grant.isRevocable = grant.isRevocable || before.grant.isRevocable
        grant.uses = before.grant.uses
        let isNearBound = before.fullLifetime.map { full in grant.lifetime.map { $0 < full / 2 } ?? false } ?? false
        // What can hardly be extended any more is replaced instead; else renewals would come ever faster.
        if !Self.isExtended(before, by: grant, sent) || isNearBound { grant.isRenewable = false }
        if grant.token == before.grant.token {
            held?.grant = grant
            held?.sent = sent
        } else {
            lastNumber += 1
            held = Held(grant: grant, number: lastNumber, sent: sent, fullLifetime: before.fullLifetime)
        }
        // A renewal that brought nothing is followed by a login at once, not at the end of what it brought.
        if !Self.isExtended(before, by: grant, sent) { held?.grant.refreshAfter = .zero }
    }

    /// A renewal has failed.
    mutating func renewalFailed(_ error: SecretError, _ number: UInt64, at now: LeaseTime, jitter: Double) {
        guard let held, held.number == number else { return }
        switch error.code {
        case .providerAuthFailed: died(number, at: now, jitter: jitter)
        case .providerPermissionDenied, .secretNotFound: self.held?.grant.isRenewable = false
        default:
            renewals.fail(at: now.steady, first: Self.spacing, jitter: jitter, atLeast: error.retryAfter)
        }
    }

    /// How long it is until the next try of what has failed, and how often it has failed.
    func outlook(at now: LeaseTime) -> (attempt: Int, next: Duration, remaining: Duration?) {
        let next: Duration = if case .wait(let pause) = step(at: now) { pause } else { .zero }
        return (max(renewals.failures, logins.failures), next, held?.remaining(at: now))
    }

    /// All credentials that are ours to revoke; there are none afterwards.
    mutating func end(at now: LeaseTime) -> [Token] {
        supersede(held, at: now)
        held = nil
        defer { superseded = [] }
        return superseded.map(\.grant.token)
    }

    private mutating func supersede(_ old: Held?, at now: LeaseTime) {
        superseded.removeAll { $0.isExpired(at: now) }
        guard let old, old.grant.isRevocable, old.grant.uses != 0, !old.isExpired(at: now) else { return }
        superseded.append(old)
        // Bounded whatever a back end grants; the oldest expire by themselves.
        if superseded.count > 16 { superseded.removeFirst() }
    }

    private static func isExtended(_ before: Held, by grant: TokenGrant<Token>, _ sent: LeaseTime) -> Bool {
        guard let lifetime = grant.lifetime, let remaining = before.remaining(at: sent) else { return true }
        return lifetime > remaining + spacing
    }
}
