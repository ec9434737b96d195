package import JaneeSecrets

/// What a home written by Janee 0.16 may do that a new one must ask for.
enum LegacyHome {
    /// Whether the `version` is at most 0.3.0.
    ///
    /// Janee 0.16 wrote the file if its secrets are beside it or inline, too.
    static func hasVersionOf016(_ root: ConfigSection) -> Bool {
        let text: String? =
            switch root.node("version")?.value {
            case .string(let text): text
            case .number(let text): text
            default: nil
            }
        guard let text else { return false }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            .map { part in part.allSatisfy { ("0"..."9").contains($0) } ? Int(part) : nil }
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
