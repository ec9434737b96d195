import JaneeJSON
import JaneeTestSupport
import Testing

@Suite("Faults of the double of Vault")
struct VaultFaultTests {
    private let server = RecordedServer()
    private let target = "/v1/secret/data/app/db"

    private func read() -> VaultDouble.Answer {
        server.send("GET", target, token: "root")
    }

    static let statuses: [(VaultDouble.Fault, Int, String)] = [
        (.standby307(location: "https://other.example/"), 307, ""),
        (.replica412, 412, "required index state not present"),
        (.rateLimited429(retryAfter: 1), 429, "rate limit quota exceeded"),
        (.html200(canary: "canary-1"), 200, "canary-1"),
        (.drSecondary472, 472, "DR secondary"),
        (.perfStandby473, 473, "standby"),
        (.standby474, 474, "standby"),
        (.error500("canary-2"), 500, "canary-2"),
        (.noActiveNode500, 500, "local node not active but active cluster node not found"),
        (.badGateway502, 502, "Bad Gateway"),
        (.namespaceLocked503, 503, "locked"),
        (.notInitialised501, 501, "not initialized"),
        (.garbage, 200, "soon"),
    ]

    @Test("Each is answered with its status and text", arguments: statuses)
    func status(_ fault: VaultDouble.Fault, _ status: Int, _ text: String) {
        server.vault.set(fault)
        let answer = read()
        #expect(answer.status == status)
        #expect(text.isEmpty ? answer.body.isEmpty : answer.text.contains(text))
    }

    @Test("A fault holds for as many requests as it is to, and only where it is to")
    func countAndPrefix() {
        server.vault.set(.replica412, prefix: "/v1/secret/", count: 2)
        #expect(server.send("GET", "/v1/kv1/app/db", token: "root").status == 200)
        #expect([read(), read(), read()].map(\.status) == [412, 412, 200])
    }

    @Test("Faults take their turns, and clearing ends all")
    func order() {
        server.vault.set(.replica412, count: 1)
        server.vault.set(.badGateway502)
        #expect([read(), read()].map(\.status) == [412, 502])
        server.vault.clearFaults()
        #expect(read().status == 200)
    }

    @Test("A rate limit says when to come back, if it knows")
    func retryAfter() {
        server.vault.set(.rateLimited429(retryAfter: 7), count: 1)
        #expect(read().header("Retry-After") == "7")
        server.vault.set(.rateLimited429(retryAfter: nil), count: 1)
        #expect(read().header("Retry-After") == nil)
    }

    @Test("Silence, a closed connection and a body that is cut are the server's business")
    func behaviours() {
        for (fault, behaviour) in [
            (VaultDouble.Fault.hang, VaultDouble.Answer.Behaviour.hang), (.closeConnection, .close),
            (.truncated, .truncate),
        ] {
            server.vault.set(fault, count: 1)
            #expect(read().behaviour == behaviour)
        }
    }

    @Test("A huge answer is five megabytes")
    func huge() {
        server.vault.set(.huge)
        #expect(read().body.count > 5_000_000)
    }

    @Test(
        "Health shows what the server is, and the query can ask for another status",
        arguments: [
            (VaultDouble.Fault.standby307(location: "x"), 429, "standbyok=true", 200),
            (.standby307(location: "x"), 429, "standbycode=299", 299),
            (.drSecondary472, 472, "drsecondarycode=299", 299),
            (.perfStandby473, 473, "perfstandbyok=true", 200),
            (.standby474, 474, "haunhealthycode=299", 299), (.notInitialised501, 501, "uninitcode=299", 299),
        ]
    )
    func health(_ fault: VaultDouble.Fault, _ status: Int, _ query: String, _ other: Int) {
        server.vault.set(fault)
        #expect(server.send("GET", "/v1/sys/health", token: nil).status == status)
        let answer = server.send("GET", "/v1/sys/health?\(query)", token: nil)
        #expect(answer.status == other)
        #expect(answer.text.contains("server_time_utc"))
    }

    @Test("A new token is unknown for as long as the replica lags")
    func replicationLag() {
        server.vault.set(.replicationLag(milliseconds: 500))
        let token = server.logIn("app")
        #expect(server.send("GET", target, token: token).text == #"{"errors":["permission denied"]}"# + "\n")
        server.vault.advance(by: .milliseconds(500))
        #expect(server.send("GET", target, token: token).status == 200)
        #expect(read().status == 200)
    }

    @Test("Newer servers say which tokens are dead")
    func newServerTexts() {
        server.vault.set(.newServerTexts)
        let dead = server.send("GET", target, token: "s.bogus").text
        #expect(dead.contains(#"2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"#))
        let refused = server.send("GET", "/v1/secret/data/denied/top", token: server.logIn("app")).text
        #expect(refused.contains(#"1 error occurred:\n\t* permission denied\n\n"#))
    }

    @Test("OpenBao does not say what is missing, nor what is wrong")
    func openBaoTexts() {
        server.vault.set(.openBaoTexts)
        let missing = server.send("GET", target, token: nil)
        #expect(missing.status == 403 && missing.text.contains("permission denied"))
        let login = server.send(
            "POST",
            "/v1/auth/approle/login",
            token: nil,
            body: #"{"role_id":"nope","secret_id":"x"}"#
        )
        #expect(login.status == 400 && login.text.contains("invalid role or secret ID"))
    }

    @Test("Sealed, it does nothing until it is unsealed")
    func seal() {
        server.vault.seal()
        #expect(read().status == 503)
        #expect(server.send("PUT", "/v1/sys/unseal", token: nil, body: #"{"key":"x"}"#).status == 200)
        #expect(read().status == 200)
        #expect(server.send("PUT", "/v1/sys/seal", token: "root").status == 204)
        #expect(read().status == 503)
        server.vault.unseal()
        #expect(read().status == 200)
    }

    @Test("After a restart the secrets are there and the tokens are not")
    func restart() {
        let token = server.logIn("app")
        server.vault.restart()
        #expect(server.send("GET", target, token: token).status == 403)
        #expect(read().status == 200)
        #expect(server.send("GET", target, token: server.logIn("app")).status == 200)
    }

    @Test("The clock of its health can be ahead")
    func skew() throws {
        func time() throws -> Int? {
            try JSONReader.parse(server.send("GET", "/v1/sys/health", token: nil).body)["server_time_utc"]?.intValue
        }
        let before = try #require(try time())
        server.vault.settings.healthSkew = 90
        #expect(try time() == before + 90)
    }
}
