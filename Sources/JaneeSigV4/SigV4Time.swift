import JaneeSecrets

/// A moment as signatures write it.
struct SigV4Time: Sendable {
    /// The day: `20260212`.
    let day: String
    /// Day and time in UTC: `20260212T142500Z`.
    let text: String

    /// - Parameter sinceEpoch: The time since 1970; fractions of a second do not count.
    init(_ sinceEpoch: Duration) {
        let seconds = Int(max(sinceEpoch, .zero).components.seconds)
        let (year, month, day) = GregorianDay.date(of: seconds / 86_400)
        let time = seconds % 86_400
        self.day = [(year, 4), (month, 2), (day, 2)].map { GregorianDay.padded($0, $1) }.joined()
        let parts = [time / 3600, time / 60 % 60, time % 60].map { GregorianDay.padded($0, 2) }
        text = "\(self.day)T\(parts.joined())Z"
    }
}
