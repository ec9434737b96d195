import NIOCore

extension TimeAmount {
    /// The nearest amount between nothing and a year, which is beyond any timeout and safe to add to a deadline.
    init(clamping duration: Duration) {
        let bounded = min(max(duration, .zero), .seconds(365 * 86_400))
        self = .nanoseconds(bounded.components.seconds * 1_000_000_000 + bounded.components.attoseconds / 1_000_000_000)
    }
}
