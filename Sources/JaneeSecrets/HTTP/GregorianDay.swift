/// The calendar as arithmetic.
package enum GregorianDay {
    // Years are counted from March, so that the leap day is a year's last, and in eras of 400 years, which all have as
    // many days. Day 0 of era 0 is 1 March of year 0, 719468 days before 1 January 1970.
    package static let daysPerEra = 146_097
    package static let daysBeforeEpoch = 719_468

    /// The number of days since 1 January 1970; days past the end of a month count on into the next one.
    package static func number(year: Int, month: Int, day: Int) -> Int {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = (yearFromMarch >= 0 ? yearFromMarch : yearFromMarch - 399) / 400
        let yearOfEra = yearFromMarch - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * daysPerEra + dayOfEra - daysBeforeEpoch
    }
}
