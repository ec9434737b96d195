import JaneeJSON

extension VaultState {
    /// `sys/…` for somebody who may.
    mutating func handleSystem(_ call: VaultCall, _ path: String, _ token: VaultToken) throws(VaultError)
        -> VaultResponse
    {
        if let mount = path.after("mounts/") { return try changeMount(call, mount.withoutOuterSlashes + "/") }
        if let mount = path.after("auth/") { return try changeLogin(call, mount.withoutOuterSlashes + "/") }
        if let name = path.after("policies/acl/") ?? path.after("policy/") { return try changePolicy(call, name) }
        if let name = path.after("namespaces/") { return try changeNamespace(call, name.withoutOuterSlashes + "/") }
        switch (path, call.operation) {
        case ("mounts", .read):
            let mounts = (namespaces[call.namespace]?.engines ?? [:]).sorted { $0.key < $1.key }
            return .data(.object(JSONObject(mounts.map { ($0.key, $0.value.summary(path: nil)) })))
        case ("capabilities-self", .update):
            return try capabilities(call, token)
        case ("seal", .update):
            isSealed = true
            return .empty
        default:
            throw .unsupportedPath
        }
    }

    private func capabilities(_ call: VaultCall, _ token: VaultToken) throws(VaultError) -> VaultResponse {
        let paths = call.list("paths") ?? call.list("path") ?? []
        guard !paths.isEmpty else { throw VaultError(400, "paths must be supplied") }
        var data: JSONObject = [:]
        for path in paths {
            let found = capabilities(of: token, on: path, in: call.namespace).sorted()
            data[path] = .array((found.isEmpty ? ["deny"] : found).map { .string($0) })
        }
        if paths.count == 1 { data["capabilities"] = data[paths[0]] }
        return .data(.object(GoJSON.sorted(data)))
    }

    private mutating func changeMount(_ call: VaultCall, _ path: String) throws(VaultError) -> VaultResponse {
        switch call.operation {
        case .update:
            guard namespaces[call.namespace]?.engines[path] == nil else {
                throw VaultError(400, "path is already in use at \(path)")
            }
            let type = try call.required("type")
            guard ["kv", "kv-v2"].contains(type) else { throw VaultError(400, "unknown backend type: \"\(type)\"") }
            let version = VaultDuration.seconds(call.body["options"]?["version"]) ?? (type == "kv-v2" ? 2 : 1)
            namespaces[call.namespace]?.engines[path] = VaultMount(
                engine: .kv(VaultKV(version: Int(version))),
                type: "kv",
                accessor: identifiers.mountAccessor("kv"),
                uuid: identifiers.uuid(),
                description: call.text("description") ?? ""
            )
            return .empty
        case .delete:
            namespaces[call.namespace]?.engines[path] = nil
            return .empty
        case .read, .list:
            throw .unsupportedOperation
        }
    }

    private mutating func changeLogin(_ call: VaultCall, _ path: String) throws(VaultError) -> VaultResponse {
        switch call.operation {
        case .update:
            guard path != "token/", namespaces[call.namespace]?.logins[path] == nil else {
                throw VaultError(400, "path is already in use at \(path)")
            }
            let type = try call.required("type")
            guard let kind = VaultLogin.Kind(rawValue: type) else {
                throw VaultError(400, "unknown backend type: \"\(type)\"")
            }
            namespaces[call.namespace]?.logins[path] = VaultLogin(kind: kind)
            return .empty
        case .delete:
            namespaces[call.namespace]?.logins[path] = nil
            return .empty
        case .read, .list:
            throw .unsupportedOperation
        }
    }

    private mutating func changePolicy(_ call: VaultCall, _ name: String) throws(VaultError) -> VaultResponse {
        switch call.operation {
        case .update:
            namespaces[call.namespace]?.policies[name] = try VaultPolicy(parsing: try call.required("policy"))
            return .empty
        case .delete:
            namespaces[call.namespace]?.policies[name] = nil
            return .empty
        case .read:
            guard let policy = namespaces[call.namespace]?.policies[name] else { throw .notFound }
            return .data(["name": .string(name), "policy": .string(policy.text)])
        case .list:
            throw .unsupportedOperation
        }
    }

    private mutating func changeNamespace(_ call: VaultCall, _ name: String) throws(VaultError) -> VaultResponse {
        guard settings.namespacesEnabled else { throw .unsupportedPath }
        let path = call.namespace + name
        switch call.operation {
        case .update:
            let new = namespaces[path] ?? namespace()
            namespaces[path] = new
            return .data(["id": .string(path.withoutOuterSlashes), "path": .string(path)])
        case .delete:
            namespaces[path] = nil
            return .empty
        case .read, .list:
            throw .unsupportedOperation
        }
    }

    /// `sys/internal/ui/mounts…`: for every live token, whatever its policies say about this path.
    func showMount(_ call: VaultCall, _ token: VaultToken) throws(VaultError) -> VaultResponse {
        guard call.operation == .read else { throw .unsupportedOperation }
        let engines = namespaces[call.namespace]?.engines ?? [:]
        guard let path = call.path.after("sys/internal/ui/mounts/")?.withoutOuterSlashes, !path.isEmpty else {
            let visible = engines.filter { $0.key != "sys/" && isVisible($0.key, to: token, call) }
                .sorted { $0.key < $1.key }
            return .data([
                "auth": [:], "secret": .object(JSONObject(visible.map { ($0.key, $0.value.summary(path: nil)) })),
            ])
        }
        let candidate = path + "/"
        let mount = engines.keys.filter { candidate.hasPrefix($0) }.max { $0.count < $1.count }
        guard let mount, let engine = engines[mount], isVisible(mount, to: token, call) else {
            throw VaultError(
                403,
                "preflight capability check returned 403, please ensure client's policies grant access to path "
                    + "\"\(candidate)\""
            )
        }
        return .data(engine.summary(path: mount))
    }

    private func isVisible(_ mount: String, to token: VaultToken, _ call: VaultCall) -> Bool {
        let below = call.namespace.dropFirst(token.namespace.count)
        return token.isRoot || VaultPolicy.reaches(below + mount, in: policies(of: token))
    }
}
