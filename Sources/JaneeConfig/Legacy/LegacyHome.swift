package import JaneeSecrets

/// What a home written by Janee 0.16 may do that a new one must ask for.
enum LegacyHome {
    /// Whether Janee 0.16 wrote the file: a `version` of at most 0.3.0, and its secrets beside it or inline.
    static func isWrittenBy016(_ root: ConfigSection, _ legacy: LegacyCredentials?) -> Bool {
        guard legacy != nil else { return false }
        let text: String? =
            switch root.node("version")?.value {
            case .string(let text): text
            case .number(let text): text
            default: nil
            }
        guard let text else { return false }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(parts.count), let major = parts[0], let minor = parts[1] else { return false }
        let patch = parts.count == 3 ? parts[2] : 0
        guard let patch, major >= 0, minor >= 0, patch >= 0 else { return false }
        return major == 0 && (minor < 3 || minor == 3 && patch == 0)
    }

    /// The private ranges, which Janee 0.16 reaches without being told.
    static let privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]
        .compactMap { CIDRBlock($0) }
}

extension ProviderName {
    /// The secrets of a home written by Janee 0.16; no declared provider can have this name.
    package static let legacy = ProviderName(builtin: "janee-0.16")
}
