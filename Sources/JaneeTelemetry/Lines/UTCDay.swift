import JaneeSecrets

/// A day of the UTC calendar, which has its own file in logs that begin a new one every day.
package struct UTCDay: Hashable, Comparable, Sendable {
    /// The number of days since 1 January 1970.
    package let number: Int

    private init(number: Int) {
        self.number = number
    }

    /// The day of a moment in Unix time; moments before 1970 or after 9999 become the nearest day between.
    package init(milliseconds: Int64) {
        number = Int(UTCTimestamp.clamped(milliseconds) / UTCTimestamp.millisecondsPerDay)
    }

    /// The day with a name like `2026-02-12`, and no other spelling.
    package init?(name: some StringProtocol) {
        let digits = name.utf8.map { Int($0) - 0x30 }
        guard digits.count == 10, digits[4] == -3, digits[7] == -3 else { return nil }
        for (index, digit) in digits.enumerated() where index != 4 && index != 7 && !(0...9).contains(digit) {
            return nil
        }
        let year = digits[0..<4].reduce(0) { $0 * 10 + $1 }
        let month = digits[5] * 10 + digits[6]
        let day = digits[8] * 10 + digits[9]
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        self.init(number: GregorianDay.number(year: year, month: month, day: day))
        // A day such as 30 February counts on into the next month and so gets another name.
        guard number >= 0, self.name == name else { return nil }
    }

    /// The day whose file has this name.
    package init?(fileName: String) {
        guard fileName.hasSuffix(Self.fileSuffix) else { return nil }
        self.init(name: fileName.dropLast(Self.fileSuffix.utf8.count))
    }

    /// The day as ISO 8601 has it: `2026-02-12`.
    package var name: String {
        let (year, month, day) = GregorianDay.date(of: number)
        return "\(GregorianDay.padded(year, 4))-\(GregorianDay.padded(month, 2))-\(GregorianDay.padded(day, 2))"
    }

    package var fileName: String {
        name + Self.fileSuffix
    }

    package static func < (left: UTCDay, right: UTCDay) -> Bool {
        left.number < right.number
    }

    private static let fileSuffix = ".jsonl"
}
