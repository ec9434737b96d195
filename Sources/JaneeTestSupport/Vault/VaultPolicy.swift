/// What a token may do, of the subset of the policy language that is paths and their capabilities.
struct VaultPolicy: Sendable {
    struct Rule: Sendable {
        /// Without the asterisk of a glob.
        let path: String
        let isGlob: Bool
        let hasWildcardSegments: Bool
        let capabilities: Set<String>

        init(path: String, capabilities: Set<String>) {
            isGlob = path.hasSuffix("*")
            self.path = isGlob ? String(path.dropLast()) : path
            hasWildcardSegments = path.utf8.contains(UInt8(ascii: "+"))
            self.capabilities = capabilities
        }

        var isExact: Bool { !isGlob && !hasWildcardSegments }

        /// The part before any wildcard.
        var literal: Substring { path.prefix { $0 != "+" } }

        func matches(_ candidate: String) -> Bool {
            guard hasWildcardSegments else { return isGlob ? candidate.hasPrefix(path) : candidate == path }
            let own = path.split(separator: "/", omittingEmptySubsequences: false)
            let other = candidate.split(separator: "/", omittingEmptySubsequences: false)
            guard isGlob ? other.count >= own.count : other.count == own.count else { return false }
            for (index, pair) in zip(own, other).enumerated() where pair.0 != "+" {
                let isLast = index == own.count - 1
                guard pair.0 == pair.1 || (isGlob && isLast && pair.1.hasPrefix(pair.0)) else { return false }
            }
            return true
        }

        /// Whether it is the one to go by if both match; the server's rules, in their order.
        func outranks(_ other: Rule) -> Bool {
            if literal.count != other.literal.count { return literal.count > other.literal.count }
            if isGlob != other.isGlob { return !isGlob }
            let (own, others) = (path.count { $0 == "+" }, other.path.count { $0 == "+" })
            if own != others { return own < others }
            if path.count != other.path.count { return path.count > other.path.count }
            return path > other.path
        }
    }

    let text: String
    let rules: [Rule]

    /// The capabilities that policies have together for a path.
    static func capabilities(on path: String, in policies: [VaultPolicy]) -> Set<String> {
        var best: Rule?
        var capabilities: Set<String> = []
        for policy in policies {
            for rule in policy.rules where rule.matches(path) {
                if let current = best, current.path != rule.path || current.isGlob != rule.isGlob {
                    let wins = rule.isExact != current.isExact ? rule.isExact : rule.outranks(current)
                    guard wins else { continue }
                    capabilities = []
                }
                best = rule
                capabilities.formUnion(rule.capabilities)
            }
        }
        return capabilities.contains("deny") ? [] : capabilities
    }

    /// Whether policies allow anything at all below a mount.
    static func reaches(_ mount: String, in policies: [VaultPolicy]) -> Bool {
        policies.contains { policy in
            policy.rules.contains { rule in
                guard !rule.capabilities.contains("deny"), !rule.capabilities.isEmpty else { return false }
                let hasWildcard = rule.isGlob || rule.hasWildcardSegments
                return rule.literal.hasPrefix(mount) || (hasWildcard && mount.hasPrefix(rule.literal))
            }
        }
    }
}
