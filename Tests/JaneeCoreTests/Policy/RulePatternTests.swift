import HTTPTypes
import JaneeSecrets
import JaneeTestSupport
import Testing

@testable import JaneeCore

@Suite("One rule")
struct RulePatternTests {
    private func allows(_ rule: String, _ method: HTTPRequest.Method, _ path: String) throws -> Bool {
        try RulePattern(rule).allows(method, try RequestTarget(parsing: path))
    }

    private func denies(_ rule: String, _ method: HTTPRequest.Method, _ path: String) throws -> Bool {
        try RulePattern(rule).denies(method, LooseTarget(try RequestTarget(parsing: path)))
    }

    @Test("what an allow rule matches, a deny rule matches", arguments: Self.both)
    func matching(rule: String, path: String) throws {
        #expect(try allows(rule, .get, path))
        #expect(try denies(rule, .get, path))
    }

    private static let both: [(String, String)] = [
        ("GET /v1/x", "/v1/x"), ("get /v1/x", "/v1/x"), ("Get /v1/x", "/v1/x"), ("* /v1/x", "/v1/x"), ("* *", "/"),
        ("  GET \t /v1/x  ", "/v1/x"),
        // An exact rule is about the path, whatever the query.
        ("GET /v1/x", "/v1/x?a=b"), ("GET /v1/x", "/v1/x?"), ("GET /v1/customers", "/v1/customers?limit=1"),
        // Rules and requests are canonicalised alike.
        ("GET /v1/charges", "/v1/%63harges"), ("GET /v1/%63harges", "/v1/charges"), ("GET /v1//x", "/v1/x"),
        ("GET /v1/x", "/v1//x"), ("GET /%c3%a9", "/%C3%A9"), ("GET /a|b", "/a%7Cb"), ("GET /a%3Ab", "/a%3ab"),
        // Stars.
        ("GET /v1/*", "/v1/"), ("GET /v1/*", "/v1/x/y"), ("GET /v1/*", "/v1/x?a=b"), ("GET *", "/v1/x"),
        ("GET *x", "/v1/x"),
        ("GET */issues", "/repos/o/r/issues"), ("GET /repos/*/issues", "/repos/a/b/c/issues"), ("GET /v1/**", "/v1/x"),
        ("GET /v1/x*", "/v1/x"), ("GET /v1/*/", "/v1/x/"),
        // Queries.
        ("GET /search?q=*", "/search?q=1"), ("GET /search?q=*", "/search?q="), ("GET /search?*", "/search?a=b"),
        ("GET /s?a=1&b=2", "/s?a=1&b=2"), ("GET /*?a=1", "/x/y?%61=1"), ("GET *?a=*", "/x?a=2"),
    ]

    @Test("what neither an allow nor a deny rule matches", arguments: Self.neither)
    func notMatching(rule: String, path: String) throws {
        #expect(try !allows(rule, .get, path))
        #expect(try !denies(rule, .get, path))
    }

    private static let neither: [(String, String)] = [
        ("POST /v1/x", "/v1/x"), ("HEAD /v1/x", "/v1/x"), ("GET /v1/x", "/v1/y"), ("GET /v1/x", "/v1/x/y"),
        ("GET /v1/x", "/v1/xy"), ("GET /v1/x/", "/v1/x"), ("GET /v1/*", "/v1"), ("GET /v1/*/y", "/v1/y"),
        ("GET /a.c", "/abc"), ("GET /search?q=*", "/search"), ("GET /search?q=*", "/search?p=1"),
        ("GET /search?q=1", "/search?q=12"), ("GET /search?q=1", "/other?q=1"), ("GET /search?*", "/search"),
    ]

    @Test("what only a deny rule matches: everything a server may take for the path", arguments: Self.denyOnlyCases)
    func denyOnly(rule: String, path: String) throws {
        #expect(try !allows(rule, .get, path))
        #expect(try denies(rule, .get, path))
    }

    private static let denyOnlyCases: [(String, String)] = [
        // One trailing slash.
        ("GET /v1/x", "/v1/x/"), ("GET /v1/x", "/v1/x//"), ("GET /v1/x", "/v1/x/?a=b"),
        ("GET /v1/*/capture", "/v1/1/capture/"),
        // Escapes of characters that need none, and escapes of escapes.
        ("GET /v1/x:refund", "/v1/x%3Arefund"), ("GET /v1/x%3Arefund", "/v1/x:refund"), ("GET /v1/@me", "/v1/%40me"),
        ("GET /v1/a,b", "/v1/a%2cb"), ("GET /v1/*:delete", "/v1/a/b%3adelete"), ("GET /v1/charges", "/v1/%2563harges"),
        ("GET /v1/charges", "/v1/%25%36%33harges"), ("GET /v1/a%2Ab", "/v1/a*b"),
        // Upper and lower case.
        ("GET /v1/charges", "/V1/Charges"), ("GET /V1/Charges/*", "/v1/charges/x"),
        ("GET /v1/charges", "/v1/%43HARGES/"),
        // A path rule with a star also sees the query, as in Janee 0.16.
        ("GET /repos/*/hooks", "/repos/o/r?x=/hooks"), ("GET *delete*", "/x?action=delete"),
        // Parameters in any order, more often, and in any spelling.
        ("GET /x?force=true", "/x?force=true&a=b"), ("GET /x?force=true", "/x?a=b&force=true"),
        ("GET /x?force=true", "/x?force=false&force=true"), ("GET /x?force=true", "/x?&force=true&"),
        ("GET /x?force=true", "/X/?FORCE=True"), ("GET /x?force=t:e", "/x?force=t%3Ae"),
        ("GET /x?a=1&b=2", "/x?b=2&c=3&a=1"),
        ("GET /x?force=*", "/x?a=b&force=1"),
    ]

    @Test("a rule with two parameters needs both")
    func bothParameters() throws {
        #expect(try !denies("GET /x?a=1&b=2", .get, "/x?a=1"))
        #expect(try !denies("GET /x?a=1&b=2", .get, "/x?a=1&b=3"))
        #expect(try !denies("GET /x?a=1&b=2", .get, "/y?a=1&b=2"))
    }

    @Test("a deny of GET covers HEAD, an allow does not")
    func head() throws {
        #expect(try denies("GET /v1/x", .head, "/v1/x"))
        #expect(try denies("GET /v1/*", .head, "/v1/x/?a=b"))
        #expect(try !allows("GET /v1/x", .head, "/v1/x"))
        #expect(try allows("* /v1/x", .head, "/v1/x"))
        #expect(try !denies("HEAD /v1/x", .get, "/v1/x"))
        #expect(try !denies("POST /v1/x", .head, "/v1/x"))
    }

    @Test("a star stands for every method", arguments: RequestMethod.all)
    func anyMethod(method: HTTPRequest.Method) throws {
        #expect(try allows("* /x", method, "/x"))
        #expect(try denies("* /x", method, "/x"))
        #expect(try allows("\(method.rawValue.lowercased()) /x", method, "/x"))
        for other in RequestMethod.all where other != method {
            #expect(try !allows("\(method.rawValue) /x", other, "/x"))
        }
    }

    @Test("a rule that cannot be enforced is refused with its reason", arguments: Self.malformedCases)
    func malformed(rule: String, reason: String) {
        #expect(RulePattern.format.check(rule)?.message.contains(reason) == true)
        #expect(throws: ConfigStringFormat.Refusal.self) { try RulePattern(rule) }
    }

    private static let malformedCases: [(String, String)] = [
        ("", "METHOD PATH"), ("GET", "METHOD PATH"), ("*", "METHOD PATH"), ("/v1/x", "METHOD PATH"),
        ("GET /a /b", "METHOD PATH"), ("GET  ", "METHOD PATH"), ("GET,POST /x", "must start with"),
        ("TRACE /x", "must start with"),
        ("CONNECT *", "must start with"), ("GRT /x", "did you mean 'GET'?"), ("DELETED /x", "did you mean 'DELETE'?"),
        ("GET v1/x", "starts with '/' or '*'"), ("GET https://api.example.com/x", "starts with '/' or '*'"),
        ("GET ?a=b", "starts with '/' or '*'"), ("GET //x", "can match no request"),
        ("GET /v1/../x", "can match no request"),
        ("GET /v1/%2e%2e/x", "can match no request"), ("GET /v1/x#y", "can match no request"),
        ("GET /v1/x;y", "can match no request"), ("GET /v1\\x", "can match no request"),
        ("GET /é", "can match no request"),
        ("GET /v1/%zz", "can match no request"), ("GET /v1/%2Fx", "can match no request"),
        ("GET /x\n", "can match no request"),
        ("GET */../x", "can match no request"), ("GET /x?_method=DELETE", "can match no request"),
        ("GET /x?a=%00", "can match no request"),
        ("GET /" + String(repeating: "a", count: 9000), "can match no request"),
        ("GET /x?", "ends with '?'"), ("GET /x*?", "ends with '?'"),
    ]

    @Test(
        "rules that load",
        arguments: ["GET /", "* *", "* /*", "GET *", "delete *", "GET /x?*", "GET *?a=b", "GET **/x"]
    )
    func wellFormed(rule: String) {
        #expect(RulePattern.format.check(rule) == nil)
    }

    @Test("a rule is shown as written, its white space aside")
    func description() throws {
        #expect(try RulePattern(" get \t/v1/%63harges ").description == "get /v1/%63harges")
    }

    @Test("an allowed request is denied by the same rule, on random rules and requests")
    func denyIsWider() throws {
        var generator = SeededGenerator(seed: 3)
        let pieces = ["/", "a", "B", "*", "%41", "%3A", ":", "%2541", "a=b", "&", "%2A"]
        var allowed = 0
        for _ in 0..<5000 {
            let path = "/" + generator.text(of: pieces, length: 0...4)
            let query = Bool.random(using: &generator) ? "?" + generator.text(of: pieces, length: 1...3) : ""
            let request =
                Bool.random(using: &generator) ? "/" + generator.text(of: pieces, length: 0...4) + query : path + query
            guard let rule = try? RulePattern("GET " + path + query), let target = try? RequestTarget(parsing: request)
            else { continue }
            guard rule.allows(.get, target) else { continue }
            allowed += 1
            #expect(rule.denies(.get, LooseTarget(target)), "\(rule) on \(target)")
        }
        #expect(allowed > 500)
    }
}
