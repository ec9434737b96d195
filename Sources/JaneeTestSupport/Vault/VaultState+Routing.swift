import JaneeJSON

extension VaultState {
    /// What the server does with a request once HTTP has been dealt with.
    mutating func serve(_ call: VaultCall) throws(VaultError) -> VaultResponse {
        guard !isSealed, isInitialised else {
            let isTokenChecked = !(call.token ?? "").isEmpty
            throw VaultError(503, isTokenChecked ? "error performing token check: Vault is sealed" : "Vault is sealed")
        }
        if let token = call.token { try checkNamespace(of: token) }
        guard namespaces[call.namespace] != nil else { throw VaultError(404, "namespace not found") }
        if ["sys/wrapping/lookup", "sys/wrapping/unwrap"].contains(call.path) { return try handleWrapping(call) }
        let response: VaultResponse
        if let (mount, rest) = loginMount(call) {
            response = try logIn(call, mount, rest)
        } else {
            let token = try authenticate(call)
            response = try serve(call, for: token)
        }
        guard let ttl = call.wrapTTL, ttl > 0, !response.isEmpty, response.status == 200 else { return response }
        return wrap(response, call, ttl: ttl)
    }

    private mutating func serve(_ call: VaultCall, for token: VaultToken) throws(VaultError) -> VaultResponse {
        if call.path == "sys/internal/ui/mounts" || call.path.hasPrefix("sys/internal/ui/mounts/") {
            return try showMount(call, token)
        }
        if let path = call.path.after("sys/") {
            try authorise(token, capability(call), call)
            return try handleSystem(call, path, token)
        }
        if let path = call.path.after("auth/token/") {
            try authorise(token, capability(call), call)
            return try handleToken(call, path, token)
        }
        if let (mount, rest) = authMount(call) {
            try authorise(token, capability(call), call)
            return try changeRole(call, mount, rest)
        }
        guard let (mount, path) = engine(call), case .kv(var kv)? = namespaces[call.namespace]?.engines[mount]?.engine
        else {
            try authorise(token, capability(call), call)
            throw VaultError(404, "no handler for route '\(call.path)'")
        }
        let isNew = call.operation == .update && !kv.holds(path)
        try authorise(token, isNew ? "create" : capability(call), call)
        let response = try kv.handle(call, path: path)
        if call.operation == .update || call.operation == .delete {
            namespaces[call.namespace]?.engines[mount]?.engine = .kv(kv)
        }
        return response
    }

    private func capability(_ call: VaultCall) -> String {
        switch call.operation {
        case .read: "read"
        case .list: "list"
        case .update: "update"
        case .delete: "delete"
        }
    }

    /// The engine that a path leads to, and the rest of the path.
    private func engine(_ call: VaultCall) -> (mount: String, rest: String)? {
        guard let engines = namespaces[call.namespace]?.engines else { return nil }
        let mount = engines.keys.filter { call.path.hasPrefix($0) }.max { $0.count < $1.count }
        return mount.map { ($0, String(call.path.dropFirst($0.count))) }
    }

    /// `auth/<mount>/role/<name>` and the like.
    private mutating func changeRole(
        _ call: VaultCall,
        _ mount: String,
        _ rest: String
    ) throws(VaultError) -> VaultResponse {
        guard let login = namespaces[call.namespace]?.logins[mount] else { throw .unsupportedPath }
        if rest == "config" { return .empty }
        let parts = rest.split(separator: "/", maxSplits: 2).map(String.init)
        guard parts.count >= 2, parts[0] == login.kind.collection else { throw .unsupportedPath }
        if parts.count == 3 {
            guard login.kind == .approle else { throw .unsupportedPath }
            return try changeAppRole(call, mount, parts[1], parts[2])
        }
        switch call.operation {
        case .update:
            var role = login.roles[parts[1]] ?? VaultRole()
            if role.roleID.isEmpty { role.roleID = identifiers.uuid() }
            role.update(call)
            namespaces[call.namespace]?.logins[mount]?.roles[parts[1]] = role
            return .empty
        case .delete:
            namespaces[call.namespace]?.logins[mount]?.roles[parts[1]] = nil
            return .empty
        case .read:
            guard let role = login.roles[parts[1]] else { throw .notFound }
            return .data(["token_policies": .array(role.token.policies.map { .string($0) })])
        case .list:
            throw .unsupportedOperation
        }
    }
}
