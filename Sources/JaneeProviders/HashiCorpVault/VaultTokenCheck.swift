import JaneeJSON
import JaneeSecrets
import Synchronization

/// Tells a dead token from a policy, where the status 403 does not.
///
/// `lookup-self` is asked, which every token may that has the default policy. One that has not is asked whether it may
/// see the mount, which is allowed to whoever may read anything there. As each question costs a use of the token and the
/// answers to many reads come at once, it is asked once in a while.
final class VaultTokenCheck: Sendable {
    private struct Verdict: Sendable {
        let token: VaultToken
        let isDead: Bool
        let time: Duration
    }

    private struct State: Sendable {
        var last: Verdict?
        /// The token with which something was read last.
        var served: VaultToken?
        /// Whether tokens may look themselves up here, so that a refusal of that means what it says.
        var isReliable = false
        var interval = VaultTokenCheck.interval
    }

    static let interval = Duration.seconds(10)
    private static let longestInterval = Duration.seconds(640)

    private let session: VaultSession
    private let spend: @Sendable (VaultToken, Int) -> Void
    private let flight = SingleFlight<Bool, Result<Verdict, SecretError>>()
    private let state = Mutex(State())

    /// - Parameter spend: Learns how many uses of a token were spent on questions.
    init(_ session: VaultSession, spend: @escaping @Sendable (VaultToken, Int) -> Void) {
        self.session = session
        self.spend = spend
    }

    /// Whether the server knows the token no more.
    ///
    /// - Throws: What keeps the server from answering.
    func isDead(_ token: VaultToken) async throws(SecretError) -> Bool {
        while true {
            if let known = known(token) { return known }
            let result = await flight.value(for: true) { [self] in await ask(token) }
            let verdict = try (result ?? .failure(.cancelled)).get()
            // Another token may have been asked about.
            if verdict.token == token { return verdict.isDead }
        }
    }

    private func ask(_ token: VaultToken) async -> Result<Verdict, SecretError> {
        do throws(SecretError) {
            let answer = try await session.examine(token)
            spend(token, answer.requests)
            let verdict = Verdict(token: token, isDead: !answer.isAlive, time: session.client.time.now)
            state.withLock { state in
                state.last = verdict
                if answer.mayLookUp { state.isReliable = true }
            }
            return .success(verdict)
        } catch {
            return .failure(error)
        }
    }

    /// Something was read with the token, so that it was alive.
    func served(_ token: VaultToken) {
        state.withLock { state in
            if let last = state.last, last.isDead, last.token != token { state.interval = Self.interval }
            state.served = token
        }
    }

    /// A new token was refused the same thing, so that the old one may not have been dead: asking says little where
    /// tokens may not look themselves up.
    func wasWrong() {
        state.withLock { state in
            if !state.isReliable { state.interval = min(state.interval * 4, Self.longestInterval) }
        }
    }

    private func known(_ token: VaultToken) -> Bool? {
        let now = session.client.time.now
        return state.withLock { state in
            guard let last = state.last, now - last.time < state.interval else { return nil }
            if last.token == token {
                // One whose uses are counted may have been used up since.
                return token.isCounted && !last.isDead ? nil : last.isDead
            }
            // One that replaced it and has never served is refused by a policy; one that has may be dead by now.
            return state.served == token ? nil : false
        }
    }
}
