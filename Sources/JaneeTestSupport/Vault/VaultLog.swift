extension VaultDouble {
    /// What was asked of a double; values of headers are not kept.
    package struct Recorded: Sendable {
        package let method: String
        package let target: String
        package let headerNames: [String]
        package let namespace: String?
        package let hasToken: Bool
        package let kind: Kind
        package let status: Int

        package var isLogin: Bool { kind == .logins }
    }

    package enum Kind: String, Sendable, CaseIterable {
        case logins
        case renewals
        case lookups
        case revocations
        case reads
        case capabilities
        case mounts
        case health
        case wrapping
        case other

        /// What a request is about, by its method and decoded path below `/v1/`.
        init(method: String, path: String) {
            let parts = path.split(separator: "/")
            if parts.first == "auth", path.contains("/login"), parts.last == "login" || parts.dropLast().last == "login"
            {
                self = .logins
            } else if path.hasPrefix("auth/token/renew") {
                self = .renewals
            } else if path.hasPrefix("auth/token/lookup") {
                self = .lookups
            } else if path.hasPrefix("auth/token/revoke") {
                self = .revocations
            } else if path.hasPrefix("sys/capabilities") {
                self = .capabilities
            } else if path.hasPrefix("sys/internal/ui/mounts") {
                self = .mounts
            } else if path == "sys/health" || path == "sys/seal-status" {
                self = .health
            } else if path.hasPrefix("sys/wrapping/") {
                self = .wrapping
            } else if method == "GET", parts.first != "sys", parts.first != "auth" {
                self = .reads
            } else {
                self = .other
            }
        }
    }
}

/// The latest requests, and how many there were of each kind.
struct VaultLog: Sendable {
    private static let capacity = 1000

    private(set) var counts: [VaultDouble.Kind: Int] = [:]
    private(set) var total = 0
    private var ring: [VaultDouble.Recorded] = []

    mutating func append(_ record: VaultDouble.Recorded) {
        if ring.count < Self.capacity { ring.append(record) } else { ring[total % Self.capacity] = record }
        total += 1
        counts[record.kind, default: 0] += 1
    }

    /// From the oldest that is left to the latest.
    var latest: [VaultDouble.Recorded] {
        guard total > ring.count else { return ring }
        let start = total % Self.capacity
        return Array(ring[start...] + ring[..<start])
    }
}
