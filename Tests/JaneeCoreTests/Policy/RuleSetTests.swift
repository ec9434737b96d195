import HTTPTypes
import JaneeConfig
import Testing

@testable import JaneeCore

@Suite("The rules of a capability")
struct RuleSetTests {
    /// `+` and the rule that allowed, `-` and the rule that denied, `none` if no rule matches.
    private func verdict(_ rules: String, _ method: HTTPRequest.Method, _ path: String) throws -> String {
        let entry = try #require(try TestConfiguration.policy(rules.isEmpty ? "" : "rules: \(rules)").entries["cap"])
        switch entry.rules.evaluate(method, try RequestTarget(parsing: path)) {
        case .allowed(let rule): return "+" + (rule?.description ?? "")
        case .denied(let rule): return "-" + rule.description
        case .noMatch: return "none"
        }
    }

    @Test(
        "without rules everything is allowed",
        arguments: ["", "{}", "{ deny: [] }"]
    )
    func noRules(rules: String) throws {
        #expect(try verdict(rules, .delete, "/anything?x") == "+")
    }

    @Test("an empty allow list allows nothing")
    func emptyAllow() throws {
        #expect(try verdict("{ allow: [] }", .get, "/") == "none")
        #expect(try verdict("{ allow: [], deny: [] }", .get, "/") == "none")
    }

    @Test("deny comes first, whatever the order in the file")
    func denyFirst() throws {
        let rules = #"{ allow: ["GET /v1/*"], deny: ["GET /v1/secrets"] }"#
        #expect(try verdict(rules, .get, "/v1/x") == "+GET /v1/*")
        #expect(try verdict(rules, .get, "/v1/secrets") == "-GET /v1/secrets")
        #expect(try verdict(rules, .get, "/v1/secrets/deeper") == "+GET /v1/*")
        #expect(try verdict(rules, .get, "/v2/x") == "none")
        #expect(try verdict(rules, .post, "/v1/x") == "none")
        #expect(try verdict(rules, .head, "/v1/x") == "none")
        #expect(try verdict(rules, .head, "/v1/secrets") == "-GET /v1/secrets")
    }

    @Test("deny rules alone allow the rest")
    func denyOnly() throws {
        let rules = #"{ deny: ["POST /v1/charges/*", "DELETE *"] }"#
        #expect(try verdict(rules, .get, "/v1/charges/x") == "+")
        #expect(try verdict(rules, .post, "/v1/refunds") == "+")
        #expect(try verdict(rules, .post, "/v1/charges/x") == "-POST /v1/charges/*")
        #expect(try verdict(rules, .delete, "/") == "-DELETE *")
    }

    @Test("the first matching rule is named")
    func first() throws {
        let rules = #"{ allow: ["GET /a", "* /a*", "GET *"], deny: ["* /b", "GET /b"] }"#
        #expect(try verdict(rules, .get, "/a") == "+GET /a")
        #expect(try verdict(rules, .put, "/ab") == "+* /a*")
        #expect(try verdict(rules, .get, "/c") == "+GET *")
        #expect(try verdict(rules, .get, "/b") == "-* /b")
    }

    @Test(
        "W-13: a query does not satisfy an allow rule for paths",
        arguments: ["/repos/o/r/hooks?x=/issues", "/x?/repos/a/issues"]
    )
    func w13(path: String) throws {
        #expect(try verdict(#"{ allow: ["POST /repos/*/issues"] }"#, .post, path) == "none")
    }

    @Test(
        "W-15: no spelling of a denied path gets past the rule",
        arguments: [
            "/v1/charges/x", "/v1/charges/x?", "/v1/charges/x?a=b", "/v1/charges/x/", "/v1/charges/x//",
            "/v1//charges/x",
            "/v1///charges////x", "/v1/%63harges/x", "/v1/%63%68%61%72%67%65%73/x", "/%761/charges/x", "/v1/CHARGES/x",
            "/V1/Charges/X", "/v1/%43harges/x", "/v1/%2563harges/x", "/v1/charges/%78", "/v1/charges/x?/v1/refunds",
        ]
    )
    func w15(path: String) throws {
        for rules in [#"{ deny: ["* /v1/charges/*"] }"#, #"{ allow: ["* *"], deny: ["* /v1/charges/x"] }"#] {
            #expect(try verdict(rules, .post, path).hasPrefix("-"), "\(rules)")
        }
    }

    @Test("W-16 and W-18 are out of the rules' hands: no request leaves the base path, no glob goes back")
    func base() throws {
        #expect(throws: RequestRefusal.self) { try self.verdict("", .get, "/../tenantB/x") }
    }

    @Test("the list form of the documentation of Janee 0.16 means the same")
    func listForm() throws {
        let rules = #"[{ allow: "GET /v1/*" }, { deny: "GET /v1/x" }, { allow: ["POST /v1/y", "PUT /v1/z"] }]"#
        #expect(try verdict(rules, .get, "/v1/a").hasPrefix("+"))
        #expect(try verdict(rules, .get, "/v1/x").hasPrefix("-"))
        #expect(try verdict(rules, .post, "/v1/y").hasPrefix("+"))
        #expect(try verdict(rules, .put, "/v1/z").hasPrefix("+"))
        #expect(try !verdict(rules, .delete, "/v1/a").hasPrefix("+"))
    }

    @Test(
        "a deny holds for what a server may take for the same path",
        arguments: [
            "/v1/secrets%20", "/v1/secrets.", "/v1/secrets/%20", "/v1/%EF%BD%93ecrets", "/v1/%C5%BFecrets",
            "/v1/secrets../",
            "/v1/SECRETS%20.",
        ]
    )
    func readings(path: String) throws {
        #expect(try verdict(#"{ deny: ["* /v1/secrets"] }"#, .get, path).hasPrefix("-"))
    }

    @Test(
        "malformed rules do not load: nothing is ignored",
        arguments: [
            #"["GET /v1/*"]"#, #"[{ allow: "GET /v1/*", deny: "GET /v1/x" }]"#, #"[{ allows: "GET /v1/*" }]"#, #"[{}]"#,
            #"{ deny: "POST *" }"#, #"{ deny: ["DELETE"] }"#,
            #"{ allow: [7] }"#, #"{ denied: ["GET /x"] }"#, #"{ allow: ["GET /v1/../x"] }"#, #"{ deny: ["TRACE /x"] }"#,
            "text", #"{ allow: [["GET /x"]] }"#,
        ]
    )
    func malformed(rules: String) {
        #expect(throws: ConfigurationError.self) { try TestConfiguration.policy("rules: \(rules)") }
    }
}
