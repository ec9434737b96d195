package import HTTPTypes
package import JaneeSecrets

/// One rule: `METHOD PATH-GLOB`, such as `GET /v1/customers/*`.
///
/// `METHOD` is a method or `*`. In the path `*` stands for any run of characters, everything else for itself; a pattern
/// with `?` also looks at the query, one without only at the path. Patterns are canonicalised like requests, so that
/// `/v1/%63harges` and `/v1/charges` are one rule; a pattern that no request can match is refused.
package struct RulePattern: Sendable, Hashable, CustomStringConvertible {
    /// The pattern as written.
    package let description: String
    /// nil for any method.
    private let method: HTTPRequest.Method?
    private let path: Glob
    private let query: Glob?
    /// What ``LooseTarget/paths`` are compared with.
    private let loosePath: Glob
    /// What ``LooseTarget/parameters`` are compared with; nil without a query.
    private let looseParameters: [Glob]?

    package init(_ text: String) throws(ConfigStringFormat.Refusal) {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard words.count == 2 else {
            throw ConfigStringFormat.Refusal("must be 'METHOD PATH', such as 'GET /v1/customers/*'")
        }
        description = words.joined(separator: " ")
        method = try Self.method(words[0])
        let (path, query) = try Self.target(words[1])
        self.path = Glob(path)
        self.query = query.map(Glob.init)
        loosePath = self.path.mapParts(LooseTarget.reading)
        looseParameters = query?.split(separator: "&").map { Glob(String($0)).mapParts(LooseTarget.reading) }
    }

    /// Whether the rule allows a request.
    package func allows(_ method: HTTPRequest.Method, _ target: RequestTarget) -> Bool {
        guard self.method == nil || self.method == method else { return false }
        guard let query else { return path.matches(target.path) }
        guard let text = target.query else { return false }
        return path.matches(target.path) && query.matches(text)
    }

    /// Whether the rule denies a request: as ``allows(_:_:)``, and beyond it whatever a server may take for such a
    /// request, a path pattern that matches path and query together, and HEAD where GET is denied.
    func denies(_ method: HTTPRequest.Method, _ request: LooseTarget) -> Bool {
        if method == .head, self.method == .get, denies(.get, request) { return true }
        if allows(method, request.target) { return true }
        guard self.method == nil || self.method == method else { return false }
        let matchesPath = request.paths.contains { loosePath.matches($0) }
        guard let looseParameters else {
            return matchesPath
                || !path.isExact && (path.matches(request.target.text) || loosePath.matches(request.text))
        }
        return matchesPath && !request.parameters.isEmpty
            && looseParameters.allSatisfy { wanted in request.parameters.contains { wanted.matches($0) } }
    }

    /// The format of `rules.allow[]` and `rules.deny[]` in configuration files.
    package static let format = ConfigStringFormat(
        name: "METHOD PATH-GLOB",
        pattern: #"^[ \t]*[A-Za-z*]+[ \t]+[/*][^ \t]*[ \t]*$"#
    ) { text in
        do throws(ConfigStringFormat.Refusal) {
            _ = try RulePattern(text)
            return nil
        } catch {
            return error
        }
    }

    private static func method(_ word: Substring) throws(ConfigStringFormat.Refusal) -> HTTPRequest.Method? {
        if word == "*" { return nil }
        let name = word.uppercased()
        guard let method = RequestMethod.all.first(where: { $0.rawValue == name }) else {
            let names = RequestMethod.all.map(\.rawValue)
            let hint = NearestName.of(name, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw ConfigStringFormat.Refusal("must start with '*' or one of \(names.joined(separator: ", "))\(hint)")
        }
        return method
    }

    private static func target(_ word: Substring) throws(ConfigStringFormat.Refusal) -> (path: String, query: String?) {
        if word == "*" { return ("*", nil) }
        guard word.hasPrefix("/") || word.hasPrefix("*") else {
            throw ConfigStringFormat.Refusal("must have a path that starts with '/' or '*'")
        }
        // A leading star is not a path; a slash before it makes it one for the check and is taken away again.
        let isOpen = word.hasPrefix("*")
        do throws(RequestRefusal) {
            let target = try RequestTarget(parsing: isOpen ? "/" + word : String(word))
            guard target.query != nil || !word.contains("?") else {
                throw RequestRefusal("it ends with '?'; leave that out, or write '?*' for requests with a query")
            }
            return (isOpen ? String(target.path.dropFirst()) : target.path, target.query)
        } catch {
            throw ConfigStringFormat.Refusal("can match no request: \(error)")
        }
    }
}
