import JaneeSecrets

/// Times as AWS writes them: `2026-11-23T18:38:13Z`, with or without fractions of a second.
enum AWSTimestamp {
    /// The time since 1970; nil if the text is none.
    static func sinceEpoch(_ text: String) -> Duration? {
        guard let match = text.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z/) else {
            return nil
        }
        let parts = [match.1, match.2, match.3, match.4, match.5, match.6].compactMap { Int($0) }
        guard parts.count == 6, (1970...9999).contains(parts[0]), (1...12).contains(parts[1]),
            (1...31).contains(parts[2]), parts[3] < 24, parts[4] < 60, parts[5] <= 60
        else { return nil }
        let day = GregorianDay.number(year: parts[0], month: parts[1], day: parts[2])
        return .seconds(day * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5])
    }
}
