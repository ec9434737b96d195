import JaneeJSON
import JaneeTestSupport

/// A double that is set up as the recorded server was.
struct RecordedServer {
    let vault = VaultDouble { .zero }

    init() {
        for (mount, version) in [("kv1", 1), ("team/app/kv", 2), ("hidden", 2), ("limited", 2)] {
            vault.mountKV(mount, version: version)
        }
        writeSecrets()
        vault.writePolicy(
            "app-read",
            """
            path "secret/data/app/*" { capabilities = ["read"] }
            path "secret/data/deep/*" { capabilities = ["read"] }
            path "secret/metadata/app/*" { capabilities = ["read", "list"] }
            path "secret/data/denied/*" { capabilities = ["deny"] }
            path "team/app/kv/data/*" { capabilities = ["read"] }
            path "kv1/app/*" { capabilities = ["read"] }
            """
        )
        writeAppRoles()
        writeOtherLogins()
        vault.advance(by: .milliseconds(1))
    }

    private func writeSecrets() {
        let fields: JSONValue = ["username": "app", "password": "s3cr3t-ü", "host": "db.internal", "port": "5432"]
        vault.write("app/db", fields)
        vault.write(
            "app/unicode",
            [
                "greeting": "héllo wörld ✓ 日本語 😀", "multi\nline": "a\nb\r\nc\td", "nul": "a\u{0}b",
                "quote": "\"\\ /<>&",
            ]
        )
        vault.write("app/empty", ["value": ""])
        vault.write("app/nofields", [:])
        vault.write(
            "app/types",
            [
                // What is left of larger and of other numbers, since the server keeps them as floating point.
                "big": JSONNumber(literal: "12345678901234567000").map { .number($0) } ?? .null,
                "f": JSONNumber(literal: "1.5").map { .number($0) } ?? .null, "n": 42, "b": true, "z": nil,
                "o": ["k": ["v", 1]],
            ]
        )
        vault.write("deep/nested/path/leaf", ["value": "leaf"])
        vault.write("app/sp%20ace/%C3%BC/100%25", ["value": "odd path"])
        writeLarge(1)
        vault.write("app/deleted", ["value": "x"])
        vault.administer("DELETE", "secret/data/app/deleted")
        vault.write("app/destroyed", ["value": "x"])
        vault.administer("POST", "secret/destroy/app/destroyed", ["versions": [1]])
        for value in ["v1", "v2", "v3"] { vault.write("app/rotated", ["value": .string(value)]) }
        vault.administer("POST", "secret/delete/app/rotated", ["versions": [2]])
        vault.write("denied/top", ["value": "x"])
        vault.write("web", mount: "team/app/kv", ["value": "mount with slashes"])
        vault.write("a", mount: "limited", ["value": "rate limited"])
        vault.administer("POST", "kv1/app/db", ["username": "app1", "password": "kv1-pass", "n": 7])
        vault.administer("POST", "kv1/app/data", ["data": ["value": "a kv1 secret with a field named data"]])
        vault.administer("POST", "kv1/app/ttl", ["ttl": "30s", "value": "x"])
    }

    /// Writes the secret that is as large as it has to be.
    func writeLarge(_ count: Int) {
        vault.write("app/big", ["value": .string(String(repeating: "x", count: count))])
    }

    private func writeAppRoles() {
        let roles: [(name: String, extra: JSONObject)] = [
            ("app", [:]), ("nosecret", ["bind_secret_id": false]),
            ("cidr", ["secret_id_bound_cidrs": ["10.0.0.0/8"]]), ("once", ["secret_id_num_uses": 1]),
            ("batch", ["token_type": "batch"]), ("periodic", ["token_period": "10s"]),
            ("nodefault", ["token_no_default_policy": true]), ("thrice", ["token_num_uses": 3]),
            ("short", ["token_ttl": "2s", "token_max_ttl": "6s"]),
        ]
        for (name, extra) in roles {
            var role: JSONObject = ["token_policies": ["app-read"], "token_ttl": "10s", "token_max_ttl": "60s"]
            for (key, value) in extra { role[key] = value }
            let secretID = name == "nosecret" ? nil : "\(name)-secret-id"
            vault.writeAppRole(name, roleID: "\(name)-role-id", secretID: secretID, role: .object(role))
        }
    }

    private func writeOtherLogins() {
        for type in ["kubernetes", "jwt", "userpass", "ldap", "cert"] {
            vault.administer("POST", "sys/auth/\(type)", ["type": .string(type)])
        }
        let token: JSONObject = ["token_policies": ["app-read"], "token_ttl": "10s", "token_max_ttl": "60s"]
        func write(_ path: String, _ members: JSONObject) {
            var body = token
            for (key, value) in members { body[key] = value }
            vault.administer("POST", "auth/\(path)", .object(body))
        }
        write(
            "kubernetes/role/app",
            ["bound_service_account_names": ["app"], "bound_service_account_namespaces": ["default"]]
        )
        write("jwt/role/app", ["role_type": "jwt", "bound_audiences": ["vault"], "user_claim": "sub"])
        write("userpass/users/alice", ["password": "wonderland"])
        write("ldap/users/alice", ["password": "wonderland"])
        write("cert/certs/app", ["allowed_common_names": ["client"]])
    }

    /// Logs in with an AppRole of the recording, and answers the token.
    func logIn(_ role: String) -> String {
        let answer = vault.answer(
            VaultDouble.Request(
                method: "POST",
                target: "/v1/auth/approle/login",
                body: Array(#"{"role_id":"\#(role)-role-id","secret_id":"\#(role)-secret-id"}"#.utf8)
            )
        )
        return (try? JSONReader.parse(answer.body))?["auth"]?["client_token"]?.stringValue ?? ""
    }

    /// Sends a request with a token.
    @discardableResult
    func send(
        _ method: String,
        _ target: String,
        token: String?,
        body: String = "",
        headers: [(name: String, value: String)] = []
    ) -> VaultDouble.Answer {
        vault.answer(
            VaultDouble.Request(
                method: method,
                target: target,
                headers: (token.map { [("X-Vault-Token", $0)] } ?? []) + headers,
                body: Array(body.utf8)
            )
        )
    }
}
