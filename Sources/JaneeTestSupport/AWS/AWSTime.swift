import JaneeSecrets

/// Times in the forms of AWS; all are seconds since 1970.
enum AWSTime {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Mon, 23 Nov 2026 18:38:13 GMT`.
    static func httpDate(_ time: Duration) -> String {
        let (day, date, clock) = parts(time)
        let number = GregorianDay.padded(date.day, 2)
        return "\(days[day % 7]), \(number) \(months[date.month - 1]) \(date.year) \(text(clock, ":")) GMT"
    }

    /// `2026-11-23T18:38:13Z`.
    static func timestamp(_ time: Duration) -> String {
        let (_, date, clock) = parts(time)
        let day = [GregorianDay.padded(date.year, 4)] + [date.month, date.day].map { GregorianDay.padded($0, 2) }
        return day.joined(separator: "-") + "T" + text(clock, ":") + "Z"
    }

    /// `20261123T183813Z`.
    static func compact(_ time: Duration) -> String {
        timestamp(time).filter { $0 != "-" && $0 != ":" }
    }

    /// Reads a compact one.
    static func sinceEpoch(compact text: String) -> Duration? {
        guard let match = text.wholeMatch(of: /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/) else { return nil }
        let numbers = [match.1, match.2, match.3, match.4, match.5, match.6].compactMap { Int($0) }
        guard numbers.count == 6 else { return nil }
        let day = GregorianDay.number(year: numbers[0], month: numbers[1], day: numbers[2])
        return .seconds(day * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
    }

    private static func parts(
        _ time: Duration
    ) -> (day: Int, date: (year: Int, month: Int, day: Int), clock: Int) {
        let seconds = Int(time.components.seconds)
        return (seconds / 86_400, GregorianDay.date(of: seconds / 86_400), seconds % 86_400)
    }

    private static func text(_ clock: Int, _ separator: String) -> String {
        [clock / 3600, clock / 60 % 60, clock % 60].map { GregorianDay.padded($0, 2) }.joined(separator: separator)
    }
}
