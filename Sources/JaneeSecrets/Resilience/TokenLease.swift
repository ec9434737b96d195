public import Logging
import Synchronization

/// A credential that is got when it is needed, renewed before it expires, and replaced when it has died.
///
/// A provider that logs in has one lease and makes every request in ``withToken(_:)``. Whatever fails, the number of
/// requests stays bounded (`LeaseSchedule`): about a dozen in the first minute, then one a minute.
public final class TokenLease<Token: Sendable & Equatable>: Sendable {
    private typealias Login = Task<Result<UInt64, SecretError>, Never>

    private struct State {
        var schedule = LeaseSchedule<Token>()
        var login: Login?
        /// Renews before anybody needs it; there is one as long as there is something to renew.
        var keeper: Task<Void, Never>?
        var isDisposed = false
    }

    private let provider: ProviderName
    private let issuer: any TokenIssuer<Token>
    private let time: TimeSource
    private let logger: Logger
    private let requestLimit: Duration
    private let jitter: @Sendable () -> Double
    private let observe: @Sendable (Token) -> Void
    private let report: @Sendable (TokenEvent) -> Void
    private let state = Mutex(State())

    /// Makes a lease; nothing is asked for yet.
    ///
    /// - Parameters:
    ///   - provider: Whose credential it is.
    ///   - issuer: How one is got.
    ///   - time: The clocks by which it expires.
    ///   - logger: Learns of failures.
    ///   - requestLimit: The longest time of a login or a renewal.
    ///   - observe: Learns of every credential before it is used, so that it can be kept out of logs.
    ///   - report: Takes what happens to the credential.
    ///   - jitter: A number from 0 to 1 that spreads pauses.
    public init(
        provider: ProviderName,
        issuer: any TokenIssuer<Token>,
        time: TimeSource,
        logger: Logger,
        requestLimit: Duration = .seconds(30),
        observe: @escaping @Sendable (Token) -> Void,
        report: @escaping @Sendable (TokenEvent) -> Void = { _ in },
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.provider = provider
        self.issuer = issuer
        self.time = time
        self.logger = logger
        self.requestLimit = requestLimit
        self.observe = observe
        self.report = report
        self.jitter = jitter
    }

    /// Makes the lease of a provider with what the program lends to it.
    ///
    /// - Parameters:
    ///   - provider: Whose credential it is.
    ///   - issuer: How one is got.
    ///   - context: Its clocks, its logger, and who counts what happens.
    ///   - requestLimit: The longest time of a login or a renewal.
    ///   - observe: Learns of every credential before it is used; it tells `substitution.observe` of the context.
    public convenience init(
        provider: ProviderName,
        issuer: any TokenIssuer<Token>,
        context: ProviderContext,
        requestLimit: Duration = .seconds(30),
        observe: @escaping @Sendable (Token) -> Void
    ) {
        self.init(
            provider: provider,
            issuer: issuer,
            time: context.time,
            logger: context.logger,
            requestLimit: requestLimit,
            observe: observe,
            report: { context.tokenEvents(provider, $0) }
        )
    }

    deinit {
        state.withLock { $0.keeper?.cancel() }
    }

    /// Logs in if there is no credential.
    ///
    /// - Throws: What ``TokenIssuer/logIn()`` throws, again without asking if that was a moment ago.
    public func start() async throws(SecretError) {
        _ = try await take(isSpent: false)
    }

    /// Makes a request with the credential.
    ///
    /// A request that is refused because of the credential (`PROVIDER_AUTH_FAILED`) is made once more with a new one.
    ///
    /// - Throws: What `body` throws; `PROVIDER_AUTH_FAILED` if the credential has expired and there is no new one.
    public func withToken<Value: Sendable>(
        _ body: (Token) async throws(SecretError) -> Value
    ) async throws(SecretError) -> Value {
        let (first, number) = try await take()
        let failure: SecretError
        do throws(SecretError) {
            return try await run(body, first, number)
        } catch {
            guard error.code == .providerAuthFailed else { throw error }
            failure = error
        }
        logger.notice("provider '\(provider)' refused the credential; logging in again")
        let second: (token: Token, number: UInt64)
        do throws(SecretError) {
            second = try await take()
        } catch {
            // Why there is no other credential says more than that this one was refused.
            guard error.cause == nil, error.code == .providerAuthFailed else { throw error }
            throw SecretError(error.code, error.detail, provider: error.provider, cause: failure)
        }
        return try await run(body, second.token, second.number)
    }

    private func run<Value: Sendable>(
        _ body: (Token) async throws(SecretError) -> Value,
        _ token: Token,
        _ number: UInt64
    ) async throws(SecretError) -> Value {
        do throws(SecretError) {
            let value = try await body(token)
            state.withLock { $0.schedule.served(number) }
            return value
        } catch {
            let now = reading
            state.withLock { state in
                switch error.code {
                case .providerAuthFailed: state.schedule.died(number, at: now, jitter: jitter())
                case .secretNotFound, .providerPermissionDenied: state.schedule.served(number)
                default: break
                }
            }
            throw error
        }
    }

    /// Takes uses of a credential that were spent outside of ``withToken(_:)``, on questions about itself.
    public func spend(_ token: Token, uses: Int) {
        state.withLock { $0.schedule.spend(token, uses: uses) }
    }

    /// For how long the credential is good; nil if there is none or it does not expire.
    public var remainingLifetime: Duration? {
        let now = reading
        return state.withLock { $0.schedule.held?.remaining(at: now) }
    }

    /// Ends renewals and revokes what this lease has logged in for.
    ///
    /// It may be called more than once.
    public func dispose() async {
        let now = reading
        let (tokens, login) = state.withLock { state in
            state.isDisposed = true
            state.keeper?.cancel()
            return (state.schedule.end(at: now), state.login)
        }
        report(.ended)
        let issuer = issuer
        // As well as possible: what cannot be revoked expires.
        _ = try? await withTimeLimit(min(requestLimit, .seconds(5)), time) {
            await withTaskGroup { group in
                for token in tokens { group.addTask { await issuer.revoke(token) } }
                // A login that is under way revokes what it yields.
                group.addTask { _ = await login?.value }
            }
        }
    }

    private var reading: LeaseTime { LeaseTime(steady: time.now, calendar: time.sinceEpoch) }

    private func take(isSpent: Bool = true) async throws(SecretError) -> (token: Token, number: UInt64) {
        var fresh: UInt64?
        while true {
            guard !Task.isCancelled else { throw .cancelled }
            let now = reading
            let waited = fresh
            // Whether a login is needed and which one it is are one decision: another may end in between.
            let (use, login) = state.withLock { state -> (LeaseSchedule<Token>.Use?, Login?) in
                guard !state.isDisposed else { return (nil, nil) }
                let use = state.schedule.use(at: now, fresh: waited, isSpent: isSpent)
                guard case .logIn = use else { return (use, nil) }
                return (use, logIn(&state))
            }
            switch use {
            case nil: throw SecretError(.providerUnavailable, "the provider is shut down", provider: provider.spelling)
            case .token(let token, let number): return (token, number)
            case .refused(let error): throw error.named(provider: provider.spelling)
            case .logIn: fresh = try await login?.value.get()
            }
        }
    }
}

// MARK: - Logging in

extension TokenLease {
    /// Logs in, or shares the login that is under way.
    ///
    /// It is not cancelled with the request that began it: a credential that nobody takes would stay behind.
    private func logIn(_ state: inout State) -> Login {
        if let login = state.login { return login }
        let login = Task { await performLogin() }
        state.login = login
        return login
    }

    private func performLogin() async -> Result<UInt64, SecretError> {
        let sent = reading
        state.withLock { $0.schedule.beginsLogin(at: sent) }
        let issuer = issuer
        let result = await limited { () async throws(SecretError) in try await issuer.logIn() }
        let now = reading
        if case .success(let grant) = result { observe(grant.token) }
        let (outcome, isDisposed) = state.withLock { state -> (Result<UInt64, SecretError>, Bool) in
            state.login = nil
            guard !state.isDisposed else { return (.failure(.cancelled), true) }
            return (end(result, sent, now, &state.schedule), false)
        }
        if isDisposed {
            if case .success(let grant) = result, grant.isRevocable { await issuer.revoke(grant.token) }
        } else {
            report(.login, outcome)
            warn(of: outcome, "logging in", now)
            restartKeeper()
        }
        return outcome
    }

    private func end(
        _ result: Result<TokenGrant<Token>, SecretError>,
        _ sent: LeaseTime,
        _ now: LeaseTime,
        _ schedule: inout LeaseSchedule<Token>
    ) -> Result<UInt64, SecretError> {
        do throws(SecretError) {
            return .success(try schedule.loggedIn(try result.get(), sent: sent, at: now, jitter: jitter()))
        } catch {
            let error = error.named(provider: provider.spelling)
            if case .failure = result { schedule.loginFailed(error, at: now, jitter: jitter()) }
            return .failure(schedule.refusal(error, at: now))
        }
    }

    private func limited<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(SecretError) -> Value
    ) async -> Result<Value, SecretError> {
        do throws(SecretError) {
            guard let value = try await withTimeLimit(requestLimit, time, throwing: body) else {
                return .failure(SecretError(.providerUnavailable, "no answer within \(requestLimit)"))
            }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    private func report(_ operation: TokenEvent.Operation, _ outcome: Result<some Any, SecretError>) {
        switch outcome {
        case .success: report(.granted(operation, lifetime: remainingLifetime))
        case .failure(let error) where error.isCancellation: break
        case .failure(let error): report(.failed(operation, error.code))
        }
    }

    private func warn(of outcome: Result<some Any, SecretError>, _ what: String, _ now: LeaseTime) {
        guard case .failure(let error) = outcome, !error.isCancellation else { return }
        let outlook = state.withLock { $0.schedule.outlook(at: now) }
        logger.warning(
            "\(what) at provider '\(provider)' failed",
            metadata: [
                "code": "\(error.code.rawValue)",
                "reason": "\(error.detail)",
                "attempt": "\(outlook.attempt)",
                "nextTrySeconds": "\(outlook.next.secondsRoundedUp)",
                "expiresInSeconds": "\(outlook.remaining.map { "\(max($0, .zero).secondsRoundedUp)" } ?? "none")",
            ]
        )
    }
}

// MARK: - Keeping it alive

extension TokenLease {
    /// How long the keeper sleeps at most: the calendar may have jumped meanwhile.
    private static var longestSleep: Duration { .seconds(60) }

    private func restartKeeper() {
        state.withLock { state in
            state.keeper?.cancel()
            // It holds the lease only while it works, so that a forgotten lease ends.
            state.keeper = Task { [weak self, time] in
                while !Task.isCancelled, let pause = await self?.keep() {
                    guard (try? await time.sleep(for: pause)) != nil else { return }
                }
            }
        }
    }

    /// Does what is due.
    ///
    /// - Returns: When to look again; nil if there is nothing more to do.
    private func keep() async -> Duration? {
        let now = reading
        let (step, login) = state.withLock { state -> (LeaseSchedule<Token>.Step, Login?) in
            guard !state.isDisposed else { return (.rest, nil) }
            let step = state.schedule.step(at: now)
            return (step, step == .logIn ? logIn(&state) : nil)
        }
        switch step {
        case .rest: return nil
        case .wait(let pause): return min(pause, Self.longestSleep)
        case .logIn:
            // It is followed by another keeper.
            _ = await login?.value
            return nil
        case .renew(let token, let number):
            await renew(token, number)
            return .zero
        }
    }

    private func renew(_ token: Token, _ number: UInt64) async {
        let sent = reading
        state.withLock { $0.schedule.beginsRenewal(at: sent) }
        let issuer = issuer
        let result = await limited { () async throws(SecretError) in try await issuer.renew(token) }
        let now = reading
        switch result {
        case .success(let grant):
            observe(grant.token)
            state.withLock { $0.schedule.renewed(grant, number, sent: sent, at: now) }
            report(.renewal, result)
        case .failure(let error) where error.isCancellation: return
        case .failure(let error):
            state.withLock { $0.schedule.renewalFailed(error, number, at: now, jitter: jitter()) }
            report(.renewal, result)
            warn(of: result, "renewing the credential", now)
        }
    }
}

extension Duration {
    /// The whole seconds that it takes.
    package var secondsRoundedUp: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }
}
