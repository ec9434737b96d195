import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("Tokens of the double of Vault")
struct VaultTokenTests {
    private let server = RecordedServer()

    private func lookup(_ token: String) throws -> JSONValue {
        let answer = server.send("GET", "/v1/auth/token/lookup-self", token: token)
        return try #require(try JSONReader.parse(answer.body)["data"])
    }

    private func renew(_ token: String, _ body: String = "{}") -> VaultDouble.Answer {
        server.send("POST", "/v1/auth/token/renew-self", token: token, body: body)
    }

    @Test("auth/token/create issues what was asked for")
    func create() throws {
        let token = server.vault.issueToken([
            "policies": ["app-read"], "ttl": "1h", "num_uses": 4, "explicit_max_ttl": "2h", "meta": ["a": "b"],
        ])
        let data = try lookup(token)
        #expect(data["ttl"] == 3600)
        #expect(data["explicit_max_ttl"] == 7200)
        #expect(data["num_uses"] == 3)
        #expect(data["policies"] == ["app-read", "default"])
        #expect(data["orphan"] == false)
        #expect(data["meta"] == ["a": "b"])
    }

    @Test("A child has no more policies than its parent")
    func subset() {
        let parent = server.vault.issueToken(["policies": ["app-read", "creator"]])
        server.vault.writePolicy("creator", #"path "auth/token/create" { capabilities = ["update"] }"#)
        func create(_ policies: String) -> VaultDouble.Answer {
            server.send("POST", "/v1/auth/token/create", token: parent, body: #"{"policies":["\#(policies)"]}"#)
        }
        #expect(create("app-read").status == 200)
        #expect(create("root").text.contains("child policies must be subset of parent"))
    }

    @Test("An explicit maximum binds a periodic token too")
    func explicitMaximum() throws {
        let token = server.vault.issueToken(["policies": ["default"], "period": "60s", "explicit_max_ttl": "90s"])
        server.vault.advance(by: .seconds(45))
        let renewed = try JSONReader.parse(renew(token).body)
        #expect(renewed["auth"]?["lease_duration"] == 45)
        server.vault.advance(by: .seconds(46))
        #expect(renew(token).status == 403)
    }

    @Test("A periodic token lives for as long as it is renewed")
    func periodic() throws {
        let token = server.logIn("periodic")
        for _ in 0..<20 {
            server.vault.advance(by: .seconds(9))
            #expect(renew(token).status == 200)
        }
        server.vault.advance(by: .seconds(10))
        #expect(renew(token).status == 403)
    }

    @Test("A batch token cannot be revoked, and dies of its age")
    func batch() {
        let token = server.logIn("batch")
        let answer = server.send("POST", "/v1/auth/token/revoke-self", token: token)
        #expect(answer.status == 400 && answer.text.contains("batch tokens cannot be revoked"))
        server.vault.advance(by: .seconds(11))
        #expect(server.send("GET", "/v1/secret/data/app/db", token: token).status == 403)
    }

    @Test("A refused request is a use, and the use after the last is not granted")
    func uses() {
        let token = server.logIn("thrice")
        for target in ["/v1/secret/data/denied/top", "/v1/sys/internal/ui/mounts/secret"] {
            server.send("GET", target, token: token)
        }
        #expect(server.send("GET", "/v1/secret/data/app/db", token: token).status == 200)
        #expect(server.send("GET", "/v1/secret/data/app/db", token: token).text.contains("permission denied"))
    }

    @Test("What tokens may do at a path can be asked")
    func capabilities() throws {
        let token = server.logIn("app")
        func ask(_ paths: String, _ token: String) throws -> JSONValue? {
            let body = #"{"paths":[\#(paths)]}"#
            let answer = server.send("POST", "/v1/sys/capabilities-self", token: token, body: body)
            return try JSONReader.parse(answer.body)["data"]
        }
        let one = try ask(#""secret/data/app/db""#, token)
        #expect(one == ["capabilities": ["read"], "secret/data/app/db": ["read"]])
        let two = try ask(#""secret/data/denied/top","kv1/app/db""#, token)
        #expect(two == ["kv1/app/db": ["read"], "secret/data/denied/top": ["deny"]])
        #expect(try ask(#""x""#, "root")?["x"] == ["root"])
    }

    @Test("A wrapping token tells where it was made, and yields its content once")
    func wrapping() throws {
        let made = server.send(
            "POST",
            "/v1/auth/approle/role/app/secret-id",
            token: "root",
            headers: [("X-Vault-Wrap-TTL", "60")]
        )
        let token = try #require(try JSONReader.parse(made.body)["wrap_info"]?["token"]?.stringValue)
        let body = #"{"token":"\#(token)"}"#
        let lookup = try JSONReader.parse(server.send("POST", "/v1/sys/wrapping/lookup", token: nil, body: body).body)
        #expect(lookup["data"]?["creation_path"] == "auth/approle/role/app/secret-id")
        #expect(lookup["data"]?["creation_ttl"] == 60)
        let content = server.send("POST", "/v1/sys/wrapping/unwrap", token: "root", body: body)
        let secretID = try JSONReader.parse(content.body)["data"]?["secret_id"]?.stringValue
        let login = #"{"role_id":"app-role-id","secret_id":"\#(secretID ?? "")"}"#
        #expect(server.send("POST", "/v1/auth/approle/login", token: nil, body: login).status == 200)
        #expect(server.send("POST", "/v1/sys/wrapping/unwrap", token: nil, body: body).status == 400)
    }

    @Test("A wrapping token dies of its age")
    func wrappingExpires() throws {
        let made = server.send("GET", "/v1/kv1/app/db", token: "root", headers: [("X-Vault-Wrap-TTL", "60s")])
        let token = try #require(try JSONReader.parse(made.body)["wrap_info"]?["token"]?.stringValue)
        server.vault.advance(by: .seconds(60))
        #expect(server.send("POST", "/v1/sys/wrapping/unwrap", token: token).status == 400)
    }

    @Test("Dead tokens are let go of")
    func memory() {
        for _ in 0..<5000 {
            _ = server.logIn("short")
            server.vault.advance(by: .milliseconds(10))
        }
        #expect(server.vault.tokenCount < 2000)
    }
}
