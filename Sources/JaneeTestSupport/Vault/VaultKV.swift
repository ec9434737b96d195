import JaneeJSON

/// A key-value engine of either version.
struct VaultKV: Sendable {
    let version: Int
    /// Of version 1.
    var values: [String: JSONObject] = [:]
    /// Of version 2.
    var secrets: [String: VaultSecret] = [:]

    mutating func handle(_ call: VaultCall, path: String) throws(VaultError) -> VaultResponse {
        version == 1 ? try handleUnversioned(call, path) : try handleVersioned(call, path)
    }

    /// Whether a write to this path would replace something.
    func holds(_ path: String) -> Bool {
        if version == 1 { return values[path] != nil }
        guard let secret = path.after("data/") else { return true }
        return secrets[secret] != nil
    }

    private mutating func handleUnversioned(_ call: VaultCall, _ path: String) throws(VaultError) -> VaultResponse {
        switch call.operation {
        case .read:
            guard let value = values[path] else { throw .notFound }
            let hint = VaultDuration.seconds(value["ttl"]) ?? VaultDuration.seconds(value["lease"])
            return VaultResponse(data: .object(value), leaseDuration: hint ?? 2_764_800)
        case .list:
            return try Self.list(values.keys, below: path)
        case .update:
            guard !call.body.isEmpty else { throw VaultError(400, "missing data fields") }
            values[path] = GoJSON.sorted(call.body)
            return .empty
        case .delete:
            values[path] = nil
            return .empty
        }
    }

    /// The names directly below a path, those of further paths with a slash.
    static func list(_ paths: some Collection<String>, below path: String) throws(VaultError) -> VaultResponse {
        let prefix = path.isEmpty || path.hasSuffix("/") ? path : path + "/"
        var names: Set<String> = []
        for candidate in paths {
            guard let rest = candidate.after(prefix) else { continue }
            let name = rest.prefix { $0 != "/" }
            names.insert(name.count == rest.count ? rest : name + "/")
        }
        guard !names.isEmpty else { throw .notFound }
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return .data(["keys": .array(sorted.map { .string($0) })])
    }
}
