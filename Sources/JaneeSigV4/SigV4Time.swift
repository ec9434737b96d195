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
        self.day = Self.padded(year, 4) + Self.padded(month, 2) + Self.padded(day, 2)
        text =
            "\(self.day)T\(Self.padded(time / 3600, 2))\(Self.padded(time / 60 % 60, 2))\(Self.padded(time % 60, 2))Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
