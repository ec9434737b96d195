import JaneeSecrets
import Synchronization

/// The time by the clocks of AWS, which refuse signatures from a clock that is more than five minutes off.
final class AWSClock: Sendable {
    /// A difference that is no mistake: what an answer takes on its way.
    private static let tolerance = Duration.seconds(30)

    let time: TimeSource
    private let offset = Mutex(Duration.zero)

    init(_ time: TimeSource) {
        self.time = time
    }

    /// The time since 1970.
    var now: Duration { time.sinceEpoch + skew }

    /// How far the clocks of AWS are ahead of the one of this machine, as far as an error has shown it.
    var skew: Duration { offset.withLock { $0 } }

    /// Takes over the time of an answer that has refused ours.
    ///
    /// - Parameter signed: The time of the signature that was refused.
    /// - Returns: Whether that makes a difference to the request that was refused.
    func correct(to date: Duration, after signed: Duration) -> Bool {
        let local = time.sinceEpoch
        offset.withLock { $0 = date - local }
        let difference = date - signed
        return max(difference, .zero - difference) > Self.tolerance
    }
}
