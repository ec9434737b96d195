import JaneeJSON

/// What the server knows of a token.
struct VaultToken: Sendable {
    static let systemMaximum: Int64 = 2_764_800

    let id: String
    let accessor: String
    let namespace: String
    let policies: [String]
    let displayName: String
    let meta: JSONValue
    /// The path that it was issued at.
    let path: String
    let entityID: String
    let isBatch: Bool
    let isOrphan: Bool
    let isRenewable: Bool
    let issued: VaultTime
    /// In seconds; 0 for a token that never expires.
    let creationTTL: Int64
    let maximumTTL: Int64
    let explicitMaximumTTL: Int64
    let period: Int64
    var expires: VaultTime?
    /// How often it can still be used; nil for any number of times.
    var remainingUses: Int?
    var renewed: VaultTime?

    var isRoot: Bool { policies.contains("root") }

    func isAlive(at now: VaultTime) -> Bool {
        expires.map { now < $0 } ?? true
    }

    /// The seconds that a token gets which asks for some, and the warning that it gets fewer.
    static func grant(
        requested: Int64,
        period: Int64,
        maximum: Int64,
        explicitMaximum: Int64,
        issued: VaultTime,
        now: VaultTime
    ) -> (seconds: Int64, warnings: [String]) {
        var most = systemMaximum
        // A periodic token lives on for as long as it is renewed, unless it was said otherwise for this one.
        if period == 0, maximum > 0 { most = min(most, maximum) }
        if explicitMaximum > 0 { most = min(most, explicitMaximum) }
        let wanted = period > 0 ? min(period, systemMaximum) : (requested > 0 ? requested : systemMaximum)
        if period > 0, explicitMaximum == 0 { return (wanted, []) }
        let left = most - (now.seconds - issued.seconds)
        guard wanted > left else { return (wanted, []) }
        // Who asked for nothing is told nothing.
        guard requested > 0 || period > 0 else { return (left, []) }
        return (
            left,
            [
                "TTL of \"\(VaultDuration.text(wanted))\" exceeded the effective max_ttl of "
                    + "\"\(VaultDuration.text(left))\"; TTL value is capped accordingly"
            ]
        )
    }

    /// The part of a login's or renewal's answer that is about the token.
    ///
    /// - Parameter tellsUses: Whether the server is one that tells how often the token may be used.
    func auth(leaseDuration: Int64, tellsUses: Bool = false) -> JSONValue {
        var auth: JSONObject = [
            "client_token": .string(id),
            "accessor": .string(accessor),
            "policies": .array(policies.map { .string($0) }),
            "token_policies": .array(policies.map { .string($0) }),
            "metadata": meta,
            "lease_duration": .number(JSONNumber(leaseDuration)),
            "renewable": .bool(isRenewable),
            "entity_id": .string(entityID),
            "token_type": .string(isBatch ? "batch" : "service"),
            "orphan": .bool(isOrphan),
        ]
        if tellsUses { auth.append("num_uses", .number(JSONNumber(remainingUses ?? 0))) }
        return .object(auth)
    }

    /// What a token learns about itself.
    func lookup(at now: VaultTime) -> JSONValue {
        // What a batch token says of itself has no room for fractions.
        let (issueTime, expiry) = isBatch ? (issued.truncated, expires?.truncated) : (issued, expires)
        var data: JSONObject = [
            "accessor": .string(accessor),
            "creation_time": .number(JSONNumber(issued.seconds)),
            "creation_ttl": .number(JSONNumber(creationTTL)),
            "display_name": .string(displayName),
            "entity_id": .string(entityID),
            "expire_time": expiry.map { .string($0.text) } ?? .null,
            "explicit_max_ttl": .number(JSONNumber(explicitMaximumTTL)),
            "id": .string(id),
            "issue_time": .string(issueTime.text),
        ]
        if let renewed {
            data.append("last_renewal", .string(renewed.text))
            data.append("last_renewal_time", .number(JSONNumber(renewed.seconds)))
        }
        data.append("meta", meta)
        if !namespace.isEmpty { data.append("namespace_path", .string(namespace)) }
        data.append("num_uses", .number(JSONNumber(remainingUses ?? 0)))
        data.append("orphan", .bool(isOrphan))
        data.append("path", .string(path))
        if period > 0 { data.append("period", .number(JSONNumber(period))) }
        data.append("policies", .array(policies.map { .string($0) }))
        data.append("renewable", .bool(isRenewable))
        data.append("ttl", .number(JSONNumber(expires.map { now.seconds(until: $0) } ?? 0)))
        data.append("type", .string(isBatch ? "batch" : "service"))
        return .object(data)
    }
}
