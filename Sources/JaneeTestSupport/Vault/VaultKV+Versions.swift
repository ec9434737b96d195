import JaneeJSON

extension VaultKV {
    mutating func handleVersioned(_ call: VaultCall, _ path: String) throws(VaultError) -> VaultResponse {
        let slash = path.firstIndex(of: "/") ?? path.endIndex
        let secret = slash == path.endIndex ? "" : String(path[path.index(after: slash)...])
        switch path[..<slash] {
        case "data": return try handleData(call, secret)
        case "metadata": return try handleMetadata(call, secret)
        case "delete", "undelete", "destroy": return try change(path[..<slash], call, secret)
        default: return Self.notVersioned(call.operation)
        }
    }

    private mutating func handleData(_ call: VaultCall, _ path: String) throws(VaultError) -> VaultResponse {
        switch call.operation {
        case .read: return try read(call, path)
        case .list: throw .unsupportedOperation
        case .delete:
            secrets[path]?.delete(nil, at: call.now)
            return .empty
        case .update:
            guard let data = call.body["data"]?.objectValue else { throw VaultError(400, "no data provided") }
            var secret = secrets[path] ?? VaultSecret(now: call.now)
            let expected = VaultDuration.seconds(call.body["options"]?["cas"])
            if secret.isCheckAndSetRequired, expected == nil {
                throw VaultError(400, "check-and-set parameter required for this call")
            }
            guard expected == nil || expected == Int64(secret.current) else {
                throw VaultError(400, "check-and-set parameter did not match the current version")
            }
            let version = secret.write(.object(GoJSON.sorted(data)), at: call.now)
            secrets[path] = secret
            return .data(version)
        }
    }

    private func read(_ call: VaultCall, _ path: String) throws(VaultError) -> VaultResponse {
        var number = 0
        if let text = call.query["version"] {
            guard let parsed = Int(text) else {
                throw .listed(
                    500,
                    "error converting input \(text) for field \"version\": cannot parse '' as int: "
                        + "strconv.ParseInt: parsing \"\(text)\": invalid syntax"
                )
            }
            number = parsed
        }
        guard let secret = secrets[path] else {
            // The server finds what it knows of the secret, but not the values, which it keeps elsewhere.
            if path.hasSuffix("/"), secrets[String(path.dropLast())] != nil {
                throw .listed(500, "could not find version data")
            }
            throw .notFound
        }
        let wanted = number == 0 ? secret.current : number
        guard let version = secret.versions[wanted] else { throw .notFound }
        let isReadable = version.isReadable(at: call.now)
        return .data(
            ["data": isReadable ? version.data : .null, "metadata": version.metadata(number: wanted)],
            status: isReadable ? 200 : 404
        )
    }

    private mutating func handleMetadata(_ call: VaultCall, _ path: String) throws(VaultError) -> VaultResponse {
        switch call.operation {
        case .read:
            guard let secret = secrets[path] else { throw .notFound }
            return .data(secret.metadata)
        case .list:
            return try Self.list(secrets.keys, below: path)
        case .update:
            var secret = secrets[path] ?? VaultSecret(now: call.now)
            if let most = call.integer("max_versions") { secret.maximum = most }
            if let required = call.flag("cas_required") { secret.isCheckAndSetRequired = required }
            if let seconds = call.seconds("delete_version_after") { secret.deleteAfter = seconds }
            secrets[path] = secret
            return .empty
        case .delete:
            secrets[path] = nil
            return .empty
        }
    }

    private mutating func change(
        _ change: Substring,
        _ call: VaultCall,
        _ path: String
    ) throws(VaultError) -> VaultResponse {
        guard call.operation == .update else { throw .unsupportedOperation }
        let versions = call.body["versions"]?.arrayValue?.compactMap { VaultDuration.seconds($0).map(Int.init) } ?? []
        guard !versions.isEmpty else { throw VaultError(400, "no version number provided") }
        switch change {
        case "delete": secrets[path]?.delete(versions, at: call.now)
        case "undelete": secrets[path]?.undelete(versions)
        default: secrets[path]?.destroy(versions)
        }
        return .empty
    }

    private static func notVersioned(_ operation: VaultCall.Operation) -> VaultResponse {
        let command =
            switch operation {
            case .read: "get"
            case .list: "list"
            case .update: "put"
            case .delete: "delete"
            }
        return VaultResponse(
            status: 404,
            warnings: [
                "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to "
                    + "use. If using the Vault CLI, use 'vault kv \(command)' for this operation."
            ]
        )
    }
}
