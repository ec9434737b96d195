import JaneeJSON

extension VaultState {
    /// Makes a token as a login or `auth/token/create` does, and the answer that hands it out.
    mutating func issue(
        _ settings: VaultTokenSettings,
        _ call: VaultCall,
        displayName: String,
        meta: JSONValue,
        entity: String? = nil,
        isOrphan: Bool = true,
        isRenewable: Bool = true
    ) -> VaultResponse {
        var policies = Set(settings.policies)
        if settings.hasDefaultPolicy, !policies.contains("root") { policies.insert("default") }
        let grant = VaultToken.grant(
            requested: settings.ttl,
            period: settings.period,
            maximum: settings.maximumTTL,
            explicitMaximum: settings.explicitMaximumTTL,
            issued: call.now,
            now: call.now
        )
        let isEternal = policies.contains("root") && settings.ttl == 0 && settings.period == 0
        let token = VaultToken(
            id: settings.isBatch ? identifiers.batchToken() : identifiers.serviceToken(),
            accessor: settings.isBatch ? "" : identifiers.accessor(),
            namespace: call.namespace,
            policies: policies.sorted(),
            displayName: displayName,
            meta: meta,
            path: call.path,
            entityID: entity.map { self.entity("\(call.namespace)\(call.path):\($0)") } ?? "",
            isBatch: settings.isBatch,
            isOrphan: isOrphan,
            isRenewable: isRenewable && !settings.isBatch && !isEternal,
            issued: call.now,
            creationTTL: isEternal ? 0 : grant.seconds,
            maximumTTL: settings.maximumTTL,
            explicitMaximumTTL: settings.explicitMaximumTTL,
            period: settings.period,
            expires: isEternal ? nil : call.now + grant.seconds,
            remainingUses: settings.uses > 0 && !settings.isBatch ? settings.uses : nil
        )
        sweep(call.now)
        tokens[token.id] = token
        return VaultResponse(
            auth: token.auth(leaseDuration: token.creationTTL, tellsUses: call.manner.hasNewServerTexts),
            warnings: grant.warnings
        )
    }

    /// Lets go of what has died when there is much of it; the memory of a double stays as small as its life.
    private mutating func sweep(_ now: VaultTime) {
        guard tokens.count + wrapped.count >= sweepLimit else { return }
        tokens = tokens.filter { $0.value.isAlive(at: now) }
        wrapped = wrapped.filter { $0.value.isAlive(at: now) }
        sweepLimit = max(4096, 2 * (tokens.count + wrapped.count))
    }

    /// The token of a request, which is used by this.
    mutating func authenticate(_ call: VaultCall) throws(VaultError) -> VaultToken {
        guard let id = call.token, !id.isEmpty else {
            throw call.manner.hasOpenBaoTexts ? .permissionDenied : VaultError(400, "missing client token")
        }
        guard var token = tokens[id], token.isAlive(at: call.now), !isLagging(token, call) else {
            if let token = tokens[id], !token.isAlive(at: call.now) { tokens[id] = nil }
            throw dead(call)
        }
        guard call.namespace.hasPrefix(token.namespace) else { throw .permissionDenied }
        if let uses = token.remainingUses {
            token.remainingUses = uses - 1
            tokens[id] = uses > 1 ? token : nil
        }
        return token
    }

    private func isLagging(_ token: VaultToken, _ call: VaultCall) -> Bool {
        guard call.manner.replicationLag > 0, token.expires != nil else { return false }
        let age = call.now.nanoseconds - token.issued.nanoseconds
        return age < Int64(call.manner.replicationLag) * 1_000_000
    }

    private func dead(_ call: VaultCall) -> VaultError {
        guard call.manner.hasNewServerTexts else { return .permissionDenied }
        return VaultError(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
    }

    /// Refuses a token that names a namespace which there is not, before anything else is looked at.
    func checkNamespace(of token: String) throws(VaultError) {
        guard tokens[token] == nil, wrapped[token] == nil else { return }
        var rest = token[...]
        for prefix in ["s.", "b.", "r."] where rest.hasPrefix(prefix) { rest = rest.dropFirst(2) }
        guard rest.contains(".") else { return }
        throw VaultError(
            400,
            "error performing token check: failed to look up namespace from the token: no namespace"
        )
    }

    /// The policies of a token, of the namespace that it belongs to.
    func policies(of token: VaultToken) -> [VaultPolicy] {
        token.policies.compactMap { namespaces[token.namespace]?.policies[$0] }
    }

    /// What a token may do at a path of the namespace of the request.
    func capabilities(of token: VaultToken, on path: String, in namespace: String) -> Set<String> {
        guard !token.isRoot else { return ["root"] }
        let below = namespace.dropFirst(token.namespace.count)
        return VaultPolicy.capabilities(on: below + path, in: policies(of: token))
    }

    func authorise(_ token: VaultToken, _ capability: String, _ call: VaultCall) throws(VaultError) {
        let path = call.operation == .list && !call.path.hasSuffix("/") ? call.path + "/" : call.path
        var allowed = capabilities(of: token, on: path, in: call.namespace)
        if call.operation == .list, allowed.isEmpty {
            allowed = capabilities(of: token, on: String(path.dropLast()), in: call.namespace)
        }
        guard allowed.contains("root") || allowed.contains(capability) else { throw .policy }
    }
}
