public import HTTPTypes

/// How long a back end asks to be left alone: `Retry-After` in seconds or as a date (RFC 9110, sections 10.2.3 and
/// 5.6.7), and Azure's `retry-after-ms` and `x-ms-retry-after-ms`.
public enum RetryAfter {
    /// The longest time that is taken at its word.
    public static let maximum = Duration.seconds(24 * 3600)

    /// Reads the headers of an answer; nil if they say nothing, or nothing that can be understood.
    ///
    /// Dates are held against `now`, the time since 1970 in UTC.
    public static func duration(from headers: HTTPFields, now: Duration) -> Duration? {
        for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
            if let field = HTTPField.Name(name), let text = headers[field], let number = digits(text) {
                return min(.milliseconds(number), maximum)
            }
        }
        guard let text = headers[.retryAfter] else { return nil }
        if let number = digits(text) { return min(.seconds(number), maximum) }
        guard let date = HTTPDate.secondsSince1970(text) else { return nil }
        return min(max(.seconds(date) - now, .zero), maximum)
    }

    /// At most nine digits, so that no arithmetic can overflow; more mean a very long time.
    private static func digits(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int(text.drop { $0 == "0" }.prefix(9)) ?? 0
    }
}

/// Dates as HTTP writes them (RFC 9110, section 5.6.7): the preferred format and the two obsolete ones.
package enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The date in seconds since 1970 in UTC; nil if the text is none.
    package static func secondsSince1970(_ text: String) -> Int? {
        let parts = text.split(separator: " ")
        switch parts.count {
        // Sun, 06 Nov 1994 08:49:37 GMT
        case 6 where parts[5] == "GMT" && parts[0].hasSuffix(","):
            return seconds(day: parts[1], month: parts[2], year: parts[3], time: parts[4])
        // Sunday, 06-Nov-94 08:49:37 GMT
        case 4 where parts[3] == "GMT" && parts[0].hasSuffix(","):
            let date = parts[1].split(separator: "-")
            guard date.count == 3, date[2].utf8.count == 2, let year = Int(date[2]) else { return nil }
            // More than fifty years ahead would be the past (RFC 9110); this program knows no time before 2000.
            let full = "\(year < 70 ? 2000 + year : 1900 + year)"
            return seconds(day: date[0], month: date[1], year: full[...], time: parts[2])
        // Sun Nov  6 08:49:37 1994
        case 5: return seconds(day: parts[2], month: parts[1], year: parts[4], time: parts[3])
        default: return nil
        }
    }

    private static func seconds(day: Substring, month: Substring, year: Substring, time: Substring) -> Int? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map(number)
        guard let month = months.firstIndex(of: String(month)), let day = number(day), let year = number(year),
            (1...31).contains(day), (1970...9999).contains(year), clock.count == 3,
            let hour = clock[0], let minute = clock[1], let second = clock[2],
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return GregorianDay.number(year: year, month: month + 1, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && text.utf8.count <= 4
            ? Int(text) : nil
    }
}
