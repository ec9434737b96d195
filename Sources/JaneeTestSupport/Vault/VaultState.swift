import JaneeJSON

/// Everything that a double keeps; a request changes it as a whole.
struct VaultState: Sendable {
    /// What makes a namespace a server of its own.
    struct Namespace: Sendable {
        var engines: [String: VaultMount] = [:]
        var logins: [String: VaultLogin] = [:]
        var policies: [String: VaultPolicy] = ["default": .default]
    }

    var settings: VaultDouble.Settings
    var isSealed = false
    var isInitialised = true
    /// By their path with a slash at the end; the root namespace's is empty.
    var namespaces: [String: Namespace] = [:]
    var tokens: [String: VaultToken] = [:]
    var wrapped: [String: VaultWrapped] = [:]
    /// How many tokens there may be before the dead ones are looked for.
    var sweepLimit = 4096
    var faults: [ActiveFault] = []
    var log = VaultLog()
    var identifiers = VaultIdentifiers()
    var entities: [String: String] = [:]
    /// What the clock has been moved forward by, in nanoseconds.
    var advance: Int64 = 0
    let clusterID: String
    let clusterName: String

    init(settings: VaultDouble.Settings, rootToken: String, now: VaultTime) {
        self.settings = settings
        clusterID = identifiers.uuid()
        clusterName = "vault-cluster-" + clusterID.prefix(8)
        var root = namespace()
        root.engines["secret/"] = mount(.kv(VaultKV(version: 2)), type: "kv", description: "key/value secret storage")
        namespaces[""] = root
        tokens[rootToken] = VaultToken(
            id: rootToken,
            accessor: identifiers.accessor(),
            namespace: "",
            policies: ["root"],
            displayName: "token",
            meta: .null,
            path: "auth/token/create",
            entityID: "",
            isBatch: false,
            isOrphan: true,
            isRenewable: false,
            issued: now,
            creationTTL: 0,
            maximumTTL: 0,
            explicitMaximumTTL: 0,
            period: 0,
            expires: nil,
            remainingUses: nil
        )
    }

    /// A namespace with what every one has.
    mutating func namespace() -> Namespace {
        var namespace = Namespace()
        namespace.engines["cubbyhole/"] = mount(
            .none,
            type: "cubbyhole",
            description: "per-token private secret storage",
            isLocal: true
        )
        namespace.engines["identity/"] = mount(.none, type: "identity", description: "identity store")
        namespace.engines["sys/"] = mount(
            .none,
            type: "system",
            description: "system endpoints used for control, policy and debugging"
        )
        return namespace
    }

    private mutating func mount(
        _ engine: VaultMount.Engine,
        type: String,
        description: String,
        isLocal: Bool = false
    ) -> VaultMount {
        VaultMount(
            engine: engine,
            type: type,
            accessor: identifiers.mountAccessor(type),
            uuid: identifiers.uuid(),
            description: description,
            isLocal: isLocal
        )
    }

    /// Whoever logs in again with the same name at the same place is the same.
    mutating func entity(_ place: String) -> String {
        if let known = entities[place] { return known }
        let id = identifiers.uuid()
        entities[place] = id
        return id
    }
}

/// A secrets engine and where it hangs.
struct VaultMount: Sendable {
    enum Engine: Sendable {
        case kv(VaultKV)
        /// One that is there to be listed.
        case none
    }

    var engine: Engine
    let type: String
    let accessor: String
    let uuid: String
    let description: String
    var isLocal = false

    /// As `sys/internal/ui/mounts` shows it, with its path or, in the list of all, without.
    func summary(path: String?) -> JSONValue {
        var config: JSONObject = ["default_lease_ttl": 0, "force_no_cache": false, "max_lease_ttl": 0]
        if type == "system" { config.append("passthrough_request_headers", ["Accept"]) }
        var options = JSONValue.null
        if case .kv(let kv) = engine { options = ["version": .string(String(kv.version))] }
        var summary: JSONObject = [
            "accessor": .string(accessor),
            "config": .object(config),
            "description": .string(description),
            "external_entropy_access": false,
            "local": .bool(isLocal),
            "options": options,
        ]
        if let path { summary.append("path", .string(path)) }
        summary.append("seal_wrap", false)
        summary.append("type", .string(type))
        summary.append("uuid", .string(uuid))
        return .object(summary)
    }
}

/// An answer that waits for the one who has its token.
struct VaultWrapped: Sendable {
    let response: VaultResponse
    let path: String
    let created: VaultTime
    let ttl: Int64

    func isAlive(at now: VaultTime) -> Bool { now < created + ttl }
}
