import JaneeSecrets

/// The id under which a back end keeps a request, which people are asked for by its support.
enum RequestID {
    /// The text if it looks like one, and so can be shown: digits of hexadecimal numbers and hyphens.
    static func shown(_ text: String?) -> String? {
        guard let text, (8...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ PercentEncoding.hexDigit($0) != nil || $0 == UInt8(ascii: "-") })
        else { return nil }
        return text
    }
}
