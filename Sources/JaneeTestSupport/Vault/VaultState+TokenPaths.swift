import JaneeJSON

extension VaultState {
    /// What is below `auth/token/`.
    mutating func handleToken(_ call: VaultCall, _ path: String, _ token: VaultToken) throws(VaultError)
        -> VaultResponse
    {
        switch (path, call.operation) {
        case ("lookup-self", .read), ("lookup-self", .update):
            // The last use is over before the token is looked up.
            guard token.remainingUses != 0 else { throw VaultError(403, "bad token") }
            return .data(token.lookup(at: call.now))
        case ("renew-self", .update):
            return try renew(token, call)
        case ("revoke-self", .update):
            guard !token.isBatch else { throw VaultError(400, "batch tokens cannot be revoked") }
            tokens[token.id] = nil
            return .empty
        case ("lookup", .update), ("lookup", .read):
            let id = try call.required("token")
            guard let found = tokens[id], found.isAlive(at: call.now) else { throw VaultError(403, "bad token") }
            return .data(found.lookup(at: call.now))
        case ("revoke", .update):
            tokens[try call.required("token")] = nil
            return .empty
        case ("create", .update), ("create-orphan", .update):
            return try create(token, call, isOrphan: path == "create-orphan")
        case ("lookup-self", _), ("renew-self", _), ("revoke-self", _), ("create", _):
            throw .unsupportedOperation
        default:
            throw .unsupportedPath
        }
    }

    private mutating func renew(_ token: VaultToken, _ call: VaultCall) throws(VaultError) -> VaultResponse {
        guard !token.isBatch else { throw VaultError(400, "batch tokens cannot be renewed") }
        guard token.isRenewable, token.expires != nil else { throw VaultError(400, "lease is not renewable") }
        let increment = call.seconds("increment") ?? 0
        let grant = VaultToken.grant(
            requested: increment > 0 ? increment : token.creationTTL,
            period: token.period,
            maximum: token.maximumTTL,
            explicitMaximum: token.explicitMaximumTTL,
            issued: token.issued,
            now: call.now
        )
        guard grant.seconds > 0 else { throw VaultError(400, "past the max TTL, cannot renew") }
        var renewed = token
        renewed.expires = call.now + grant.seconds
        renewed.renewed = call.now
        if tokens[token.id] != nil { tokens[token.id] = renewed }
        return VaultResponse(auth: renewed.auth(leaseDuration: grant.seconds), warnings: grant.warnings)
    }

    private mutating func create(
        _ parent: VaultToken,
        _ call: VaultCall,
        isOrphan: Bool
    ) throws(VaultError) -> VaultResponse {
        var settings = VaultTokenSettings()
        settings.policies = call.list("policies") ?? parent.policies
        guard parent.isRoot || Set(settings.policies).isSubset(of: parent.policies) else {
            throw VaultError(400, "child policies must be subset of parent")
        }
        settings.ttl = call.seconds("ttl") ?? 0
        settings.explicitMaximumTTL = call.seconds("explicit_max_ttl") ?? 0
        settings.period = call.seconds("period") ?? 0
        settings.uses = call.integer("num_uses") ?? 0
        settings.isBatch = call.text("type") == "batch"
        settings.hasDefaultPolicy = !(call.flag("no_default_policy") ?? false)
        guard parent.isRoot || settings.period == 0 else {
            throw VaultError(400, "root or sudo privileges required to create periodic token")
        }
        let meta = call.body["meta"] ?? .null
        let name = call.text("display_name").map { "token-\($0)" } ?? "token"
        return issue(
            settings,
            call,
            displayName: name,
            meta: GoJSON.sorted(meta),
            isOrphan: isOrphan || (call.flag("no_parent") ?? false),
            isRenewable: call.flag("renewable") ?? true
        )
    }
}
