import JaneeJSON

extension VaultState {
    mutating func logInWithAppRole(
        _ call: VaultCall,
        _ mount: String,
        _ login: VaultLogin
    ) throws(VaultError) -> VaultResponse {
        let roleID = try call.required("role_id")
        let refusal = call.manner.hasOpenBaoTexts ? "invalid role or secret ID" : nil
        guard let (name, role) = login.roles.first(where: { $0.value.roleID == roleID }) else {
            throw VaultError(400, refusal ?? "invalid role ID")
        }
        if role.isSecretIDBound {
            let id = try call.required("secret_id")
            guard let secret = role.secretIDs[id], secret.expires.map({ call.now < $0 }) ?? true else {
                throw VaultError(400, refusal ?? "invalid secret id")
            }
            guard Self.isLoopbackAllowed(secret.networks) else {
                let text =
                    "source address \"127.0.0.1\" unauthorized through CIDR restrictions on the secret ID: %!w(<nil>)"
                throw VaultError(400, refusal ?? text)
            }
            if let uses = secret.remainingUses {
                var used = secret
                used.remainingUses = uses - 1
                namespaces[call.namespace]?.logins[mount]?.roles[name]?.secretIDs[id] = uses > 1 ? used : nil
            }
        }
        return issue(
            role.token,
            call,
            displayName: mount.dropLast().split(separator: "/").joined(separator: "-"),
            meta: ["role_name": .string(name)],
            entity: roleID
        )
    }

    /// `auth/<mount>/role/<name>/…`, what the role itself is made with excepted.
    mutating func changeAppRole(
        _ call: VaultCall,
        _ mount: String,
        _ name: String,
        _ rest: String
    ) throws(VaultError) -> VaultResponse {
        guard var role = namespaces[call.namespace]?.logins[mount]?.roles[name] else {
            throw VaultError(404, "role \"\(name)\" does not exist")
        }
        var response = VaultResponse.empty
        switch (rest, call.operation) {
        case ("role-id", .read):
            return .data(["role_id": .string(role.roleID)])
        case ("role-id", .update):
            role.roleID = try call.required("role_id")
        case ("secret-id", .update):
            response = makeSecretID(identifiers.uuid(), for: &role, call)
        case ("custom-secret-id", .update):
            response = makeSecretID(try call.required("secret_id"), for: &role, call)
        case ("secret-id/destroy", .update), ("secret-id/destroy", .delete):
            role.secretIDs[try call.required("secret_id")] = nil
        default:
            throw .unsupportedOperation
        }
        namespaces[call.namespace]?.logins[mount]?.roles[name] = role
        return response
    }

    private mutating func makeSecretID(_ id: String, for role: inout VaultRole, _ call: VaultCall) -> VaultResponse {
        role.secretIDs[id] = VaultRole.SecretID(
            networks: call.list("cidr_list") ?? role.secretIDNetworks,
            expires: role.secretIDTTL > 0 ? call.now + role.secretIDTTL : nil,
            remainingUses: role.secretIDUses > 0 ? role.secretIDUses : nil
        )
        return .data([
            "secret_id": .string(id),
            "secret_id_accessor": .string(identifiers.uuid()),
            "secret_id_ttl": .number(JSONNumber(role.secretIDTTL)),
        ])
    }

    /// Whether 127.0.0.1, where all clients are, is in one of the networks.
    private static func isLoopbackAllowed(_ networks: [String]) -> Bool {
        networks.isEmpty
            || networks.contains { network in
                let parts = network.split(separator: "/")
                let bytes = parts.first?.split(separator: ".").compactMap { UInt32($0) } ?? []
                guard bytes.count == 4 else { return false }
                let bits = parts.count > 1 ? UInt32(parts[1]) ?? 32 : 32
                let address = bytes.reduce(0) { $0 << 8 | $1 }
                let mask: UInt32 = bits == 0 ? 0 : .max << (32 - bits)
                return address & mask == 0x7F00_0001 & mask
            }
    }
}
