import JaneeSecrets
import Synchronization

/// Keeps a password that was refused from being sent over and over: directories lock accounts for that.
final class LockoutGuard: Sendable {
    private struct Refused: Sendable {
        let username: SecretValue
        let password: SecretValue
        let time: Duration
    }

    /// Three tries in half an hour, which is less than directories count.
    static let pause = Duration.seconds(600)

    private let last = Mutex<Refused?>(nil)

    /// - Throws: `PROVIDER_AUTH_FAILED` if the same was refused a while ago.
    func check(_ username: SecretValue, _ password: SecretValue, at now: Duration) throws(SecretError) {
        guard let last = last.withLock({ $0 }), now - last.time < Self.pause, last.username == username,
            last.password == password
        else { return }
        let minutes = ((Self.pause - (now - last.time)).secondsRoundedUp + 59) / 60
        throw SecretError(
            .providerAuthFailed,
            "username and password were refused; so as not to lock the account they are tried again in \(minutes) minutes, or"
                + " as soon as they change"
        )
    }

    func refused(_ username: SecretValue, _ password: SecretValue, at now: Duration) {
        last.withLock { $0 = Refused(username: username, password: password, time: now) }
    }
}
