package import JaneeJSON

/// What tests prepare; nothing of it is recorded, and no fault holds for it.
extension VaultDouble {
    /// Sends a request with the root token; the path is the one below `/v1/`.
    @discardableResult
    package func administer(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil,
        namespace: String = "",
        headers: [(name: String, value: String)] = []
    ) -> Answer {
        var all: [(name: String, value: String)] = [("X-Vault-Token", rootToken), ("X-Vault-Request", "true")]
        if !namespace.isEmpty { all.append(("X-Vault-Namespace", namespace)) }
        return answer(
            Request(
                method: method,
                target: "\(settings.pathPrefix)/v1/\(path)",
                headers: all + headers,
                body: body.map { Array($0.serialized().utf8) } ?? []
            ),
            isPreparation: true
        )
    }

    /// Mounts a key-value engine.
    package func mountKV(_ mount: String, version: Int, namespace: String = "") {
        administer(
            "POST",
            "sys/mounts/\(mount)",
            ["type": "kv", "options": ["version": .string(String(version))]],
            namespace: namespace
        )
    }

    /// Writes the fields of a secret of version 2.
    package func write(_ path: String, mount: String = "secret", _ fields: JSONValue, namespace: String = "") {
        administer("POST", "\(mount)/data/\(path)", ["data": fields], namespace: namespace)
    }

    /// Makes a policy of texts such as `path "secret/data/*" { capabilities = ["read"] }`.
    package func writePolicy(_ name: String, _ text: String, namespace: String = "") {
        administer("PUT", "sys/policies/acl/\(name)", ["policy": .string(text)], namespace: namespace)
    }

    /// Makes an AppRole, with its mount if that is missing; `role` is what the role is written with.
    package func writeAppRole(
        _ name: String,
        roleID: String,
        secretID: String?,
        mount: String = "approle",
        role: JSONValue,
        namespace: String = ""
    ) {
        administer("POST", "sys/auth/\(mount)", ["type": "approle"], namespace: namespace)
        let path = "auth/\(mount)/role/\(name)"
        administer("POST", path, role, namespace: namespace)
        administer("POST", "\(path)/role-id", ["role_id": .string(roleID)], namespace: namespace)
        guard let secretID else { return }
        administer("POST", "\(path)/custom-secret-id", ["secret_id": .string(secretID)], namespace: namespace)
    }

    /// Issues a token by `auth/token/create`, and answers it; empty if the body was refused.
    package func issueToken(_ body: JSONValue, namespace: String = "") -> String {
        let answer = administer("POST", "auth/token/create", body, namespace: namespace)
        return (try? JSONReader.parse(answer.body))?["auth"]?["client_token"]?.stringValue ?? ""
    }
}
