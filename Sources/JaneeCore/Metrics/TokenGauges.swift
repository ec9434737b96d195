import Synchronization

/// Until when the credentials of providers are good; what is left of it is told when somebody looks.
final class TokenGauges: Sendable {
    /// Seconds on the steady clock; infinite for a credential that does not expire.
    private let expiries = Mutex<[String: Double]>([:])

    func set(_ provider: String, expiry: Double) {
        expiries.withLock { $0[provider] = expiry }
    }

    /// Seconds, by provider; zero once the credential has expired.
    func remaining(at now: Double) -> [(provider: String, seconds: Double)] {
        expiries.withLock { expiries in expiries.map { ($0.key, max($0.value - now, 0)) } }
    }
}
