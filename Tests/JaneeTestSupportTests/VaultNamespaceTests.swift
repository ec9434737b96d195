import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("Namespaces of the double of Vault")
struct VaultNamespaceTests {
    private let server = RecordedServer()
    private let policy = #"path "kv/data/*" { capabilities = ["read"] }"#

    init() {
        server.vault.settings.namespacesEnabled = true
        server.vault.administer("POST", "sys/namespaces/team")
        server.vault.mountKV("kv", version: 2, namespace: "team")
        server.vault.write("db", mount: "kv", ["value": "of the team"], namespace: "team")
        server.vault.writePolicy("reader", policy, namespace: "team")
        server.vault.writePolicy("reader", policy)
    }

    private func read(_ target: String, token: String, namespace: String?) -> VaultDouble.Answer {
        server.send(
            "GET",
            target,
            token: token,
            headers: namespace.map { [("X-Vault-Namespace", $0)] } ?? []
        )
    }

    @Test("The header names it with or without a slash, and so may the path")
    func header() {
        for namespace in ["team", "team/", "/team"] {
            #expect(read("/v1/kv/data/db", token: "root", namespace: namespace).text.contains("of the team"))
        }
        #expect(read("/v1/team/kv/data/db", token: "root", namespace: nil).text.contains("of the team"))
        #expect(read("/v1/kv/data/db", token: "root", namespace: nil).status == 404)
    }

    @Test("A token is for its namespace and those below")
    func tokens() {
        let own = server.vault.issueToken(["policies": ["reader"]], namespace: "team")
        #expect(read("/v1/kv/data/db", token: own, namespace: "team").status == 200)
        #expect(read("/v1/kv/data/db", token: own, namespace: nil).status == 403)
        #expect(read("/v1/auth/token/lookup-self", token: own, namespace: "team").text.contains("\"team/\""))
        // The policies of a token from above are about paths as they are seen from there.
        let above = server.vault.issueToken(["policies": ["reader"]])
        #expect(read("/v1/kv/data/db", token: above, namespace: "team").status == 403)
    }

    @Test("A namespace has its own logins")
    func logins() {
        server.vault.writeAppRole(
            "app",
            roleID: "team-role-id",
            secretID: "team-secret-id",
            role: ["token_policies": ["reader"]],
            namespace: "team"
        )
        let body = #"{"role_id":"team-role-id","secret_id":"team-secret-id"}"#
        func logIn(_ namespace: String) -> VaultDouble.Answer {
            let headers = [(name: "X-Vault-Namespace", value: namespace)]
            return server.send("POST", "/v1/auth/approle/login", token: nil, body: body, headers: headers)
        }
        #expect(logIn("team").status == 200)
        #expect(logIn("").text.contains("invalid role ID"))
        #expect(logIn("nowhere").status == 404)
    }

    @Test("An open-source server does not look at the header")
    func disabled() {
        server.vault.settings.namespacesEnabled = false
        #expect(read("/v1/secret/data/app/db", token: "root", namespace: "nowhere").status == 200)
        #expect(server.vault.requests.last?.namespace == "nowhere")
    }
}
