/// Keys of a configuration file in messages.
enum ConfigKey {
    /// Whether an unknown key looks like the name of a field: words without digits.
    ///
    /// What looks otherwise may be a value that slipped into the place of a key, as in `{ type: bearer, key:sk_live_… }`.
    static func looksLikeName(_ key: String) -> Bool {
        key.utf8.count <= 32 && ProviderName(key) != nil && !key.utf8.contains { (0x30...0x39).contains($0) }
    }

    /// The text with everything escaped that could disturb a terminal or a log.
    static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                output += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
