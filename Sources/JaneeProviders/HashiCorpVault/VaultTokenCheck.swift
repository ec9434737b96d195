import JaneeJSON
import JaneeSecrets
import Synchronization

/// Tells a dead token from a policy, where the status 403 does not.
///
/// `lookup-self` is asked, which every token may that has the default policy. One that has not is asked whether it may
/// see the mount, which is allowed to whoever may read anything there. As each question costs a use of the token and the
/// answers to many reads come at once, it is asked once in a while.
final class VaultTokenCheck: Sendable {
    private struct Last: Sendable {
        let token: VaultToken
        let isDead: Bool
        let time: Duration
    }

    static let interval = Duration.seconds(10)
    private static let longestInterval = Duration.seconds(640)

    private let session: VaultSession
    private let flight = SingleFlight<Bool, Result<Bool, SecretError>>()
    private struct State: Sendable {
        var last: Last?
        /// The token with which something was read last.
        var served: VaultToken?
        var interval = VaultTokenCheck.interval
    }

    private let state = Mutex(State())

    init(_ session: VaultSession) {
        self.session = session
    }

    /// Whether the server knows the token no more.
    ///
    /// - Throws: What keeps the server from answering.
    func isDead(_ token: VaultToken) async throws(SecretError) -> Bool {
        if let known = known(token) { return known }
        let result = await flight.value(for: true) { [self] in
            // Of those that come at once, the first has asked meanwhile.
            if let known = known(token) { return .success(known) }
            do throws(SecretError) {
                let isDead = try await !session.isAlive(token)
                let now = session.client.time.now
                state.withLock { $0.last = Last(token: token, isDead: isDead, time: now) }
                return .success(isDead)
            } catch {
                return .failure(error)
            }
        }
        return try (result ?? .failure(.cancelled)).get()
    }

    /// Something was read with the token, so that it was alive.
    func served(_ token: VaultToken) {
        state.withLock { $0.served = token }
    }

    /// A new token was refused the same thing, so that the old one was not dead: asking says little here.
    func wasWrong() {
        state.withLock { $0.interval = min($0.interval * 4, Self.longestInterval) }
    }

    private func known(_ token: VaultToken) -> Bool? {
        let now = session.client.time.now
        return state.withLock { state in
            guard let last = state.last, now - last.time < state.interval else { return nil }
            if last.token == token { return last.isDead }
            // One that replaced it and has never served is refused by a policy; one that has may be dead by now.
            return state.served == token ? nil : false
        }
    }
}
