import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("Secrets, policies and requests of the double of Vault")
struct VaultEngineTests {
    private let server = RecordedServer()

    private func root(_ method: String, _ path: String, _ body: String = "") -> VaultDouble.Answer {
        server.send(method, "/v1/\(path)", token: "root", body: body)
    }

    @Test("Versions are deleted, brought back and destroyed")
    func versions() {
        #expect(root("POST", "secret/undelete/app/rotated", #"{"versions":[2]}"#).status == 204)
        #expect(root("GET", "secret/data/app/rotated?version=2").text.contains("v2"))
        #expect(root("DELETE", "secret/data/app/rotated").status == 204)
        #expect(root("GET", "secret/data/app/rotated").status == 404)
        #expect(root("PUT", "secret/destroy/app/rotated", #"{"versions":["1"]}"#).status == 204)
        #expect(root("GET", "secret/data/app/rotated?version=1").text.contains(#""destroyed":true"#))
        #expect(root("DELETE", "secret/metadata/app/rotated").status == 204)
        #expect(root("GET", "secret/metadata/app/rotated").status == 404)
    }

    @Test("Only some versions are kept")
    func oldest() {
        for number in 1...30 { server.vault.write("many", ["n": .string("\(number)")]) }
        #expect(root("GET", "secret/data/many?version=20").status == 404)
        #expect(root("GET", "secret/data/many?version=21").status == 200)
        #expect(root("GET", "secret/metadata/many").text.contains(#""oldest_version":21"#))
    }

    @Test("A write can say which version it expects")
    func checkAndSet() {
        let body = #"{"options":{"cas":0},"data":{"a":"b"}}"#
        #expect(root("POST", "secret/data/new", body).status == 200)
        #expect(root("POST", "secret/data/new", body).text.contains("did not match the current version"))
        #expect(root("POST", "secret/data/new", "{}").text.contains("no data provided"))
    }

    @Test("A version that is to be deleted later says so and is read until then")
    func scheduledDeletion() {
        #expect(root("POST", "secret/metadata/soon", #"{"delete_version_after":"30s"}"#).status == 204)
        server.vault.write("soon", ["value": "x"])
        let before = root("GET", "secret/data/soon")
        #expect(before.status == 200 && !before.text.contains(#""deletion_time":"""#))
        server.vault.advance(by: .seconds(30))
        #expect(root("GET", "secret/data/soon").status == 404)
    }

    @Test("Literals of numbers stay as they were written")
    func numbers() {
        #expect(root("POST", "kv1/app/n", #"{"n":1.50,"big":12345678901234567890}"#).status == 204)
        #expect(root("GET", "kv1/app/n").text.contains(#""data":{"big":12345678901234567890,"n":1.50}"#))
        #expect(root("DELETE", "kv1/app/n").status == 204)
        #expect(root("GET", "kv1/app/n").status == 404)
    }

    static let rules: [(policy: String, path: String, isAllowed: Bool)] = [
        (#"path "a/b" { capabilities = ["read"] }"#, "a/b", true),
        (#"path "a/b" { capabilities = ["read"] }"#, "a/b/c", false),
        (#"path "a/*" { capabilities = ["read"] }"#, "a/b/c", true),
        (#"path "a/b*" { capabilities = ["read"] }"#, "a/bc", true),
        (#"path "a/+/c" { capabilities=["read",] }"#, "a/b/c", true),
        (#"path "a/+/c" { capabilities = ["read"] }"#, "a/b/b/c", false),
        (#"path "a/+/c*" { capabilities = ["read"] }"#, "a/b/cd/e", true),
        (#"path "a/*" { capabilities = ["list"] }"#, "a/b", false),
        (#"path "*" { capabilities = ["read"] } path "a/*" { capabilities = ["deny"] }"#, "a/b", false),
        (#"path "a/*" { capabilities = ["deny"] } path "a/b" { capabilities = ["read"] }"#, "a/b", true),
        ("# nothing\npath \"a/b\" {\n  // nothing\n  capabilities = [\n \"create\", \"read\" ]\n}\n", "a/b", true),
        ("", "a/b", false),
    ]

    @Test("Policies are followed", arguments: rules)
    func policy(_ text: String, _ path: String, _ isAllowed: Bool) throws {
        let body: JSONValue = ["policy": .string(text.isEmpty ? " " : text)]
        #expect(server.vault.administer("PUT", "sys/policies/acl/p", body).status == 204)
        let token = server.vault.issueToken(["policies": ["p"]])
        let ask = #"{"paths":["\#(path)"]}"#
        let answer = server.send("POST", "/v1/sys/capabilities-self", token: token, body: ask)
        let capabilities = try JSONReader.parse(answer.body)["data"]?["capabilities"]?.arrayValue ?? []
        #expect(capabilities.contains("read") == isAllowed)
    }

    @Test("A policy that it cannot read is refused")
    func unreadablePolicy() {
        let body: JSONValue = ["policy": #"path "a" { allowed_parameters = {} }"#]
        #expect(server.vault.administer("PUT", "sys/policies/acl/p", body).status == 400)
    }

    @Test("A new path takes the capability to create, another one that to update")
    func createOrUpdate() {
        server.vault.writePolicy("creator", #"path "secret/data/*" { capabilities = ["create"] }"#)
        let token = server.vault.issueToken(["policies": ["creator"]])
        func write() -> Int {
            server.send("POST", "/v1/secret/data/new", token: token, body: #"{"data":{"a":"b"}}"#).status
        }
        #expect([write(), write()] == [200, 403])
    }

    @Test("An LDAP server that knows somebody else refuses")
    func ldap() {
        func logIn(_ password: String) -> VaultDouble.Answer {
            server.send("POST", "/v1/auth/ldap/login/alice", token: nil, body: #"{"password":"\#(password)"}"#)
        }
        #expect(logIn("wonderland").status == 200)
        #expect(logIn("x").text == #"{"errors":["ldap operation failed: failed to bind as user"]}"# + "\n")
        #expect(logIn("x").status == 400)
    }

    @Test("A certificate of somebody else does not log in")
    func certificate() {
        func logIn(_ name: String?) -> Int {
            server.vault
                .answer(
                    VaultDouble.Request(
                        method: "POST",
                        target: "/v1/auth/cert/login",
                        clientCertificateCommonName: name
                    )
                )
                .status
        }
        #expect([logIn("client"), logIn("other"), logIn(nil)] == [200, 400, 400])
    }

    @Test("An Agent that wants its header refuses requests without")
    func requestHeader() {
        server.vault.settings.requireRequestHeader = true
        let refused = root("GET", "secret/data/app/db")
        #expect(refused.status == 412)
        #expect(refused.text == #"{"errors":["missing required header 'X-Vault-Request'"]}"# + "\n")
        let headers = [(name: "X-Vault-Request", value: "true")]
        #expect(server.send("GET", "/v1/secret/data/app/db", token: "root", headers: headers).status == 200)
    }

    @Test("Behind a proxy, the prefix of the path belongs to it")
    func pathPrefix() {
        server.vault.settings.pathPrefix = "/vault"
        #expect(server.send("GET", "/vault/v1/secret/data/app/db", token: "root").status == 200)
        #expect(root("GET", "secret/data/app/db").status == 404)
    }

    @Test("Requests are counted by their kind and the latest are kept, without their values")
    func log() {
        server.vault.clearRequests()
        let token = server.logIn("app")
        for _ in 0..<1500 { server.send("GET", "/v1/secret/data/app/db", token: token) }
        server.send("POST", "/v1/auth/token/renew-self", token: token)
        #expect(server.vault.requestCount == 1502)
        #expect(server.vault.count(.logins) == 1 && server.vault.count(.reads) == 1500)
        #expect(server.vault.requests.count == 1000)
        #expect(server.vault.requests.first?.kind == .reads)
        #expect(server.vault.requests.last?.kind == .renewals)
        #expect(server.vault.requests.last?.headerNames == ["X-Vault-Token"])
        #expect(server.vault.requests.last?.hasToken == true)
    }
}
