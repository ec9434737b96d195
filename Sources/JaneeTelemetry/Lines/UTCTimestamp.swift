import JaneeSecrets

/// Moments in the form of RFC 3339, in UTC with milliseconds.
package enum UTCTimestamp {
    static let millisecondsPerDay: Int64 = 86_400_000

    /// The last millisecond of the year 9999, the last one with a year of four digits.
    private static let latest: Int64 = 253_402_300_799_999

    static func clamped(_ milliseconds: Int64) -> Int64 {
        min(max(milliseconds, 0), latest)
    }

    /// A moment in Unix time as `2026-02-12T14:25:00.123Z`.
    package static func text(_ milliseconds: Int64) -> String {
        let time = Int(clamped(milliseconds) % millisecondsPerDay)
        let parts = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60].map { GregorianDay.padded($0, 2) }
        let day = UTCDay(milliseconds: milliseconds).name
        return "\(day)T\(parts.joined(separator: ":")).\(GregorianDay.padded(time % 1000, 3))Z"
    }
}
