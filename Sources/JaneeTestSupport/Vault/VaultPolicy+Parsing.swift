extension VaultPolicy {
    /// Reads `path "secret/data/*" { capabilities = ["read"] }`, any number of them.
    init(parsing text: String) throws(VaultError) {
        var scanner = Scanner(text)
        var rules: [Rule] = []
        while let token = scanner.next() {
            guard token == .word("path"), case .text(let path)? = scanner.next(), scanner.next() == .symbol("{") else {
                throw Self.unreadable
            }
            var capabilities: Set<String> = []
            while let token = scanner.next(), token != .symbol("}") {
                guard token == .word("capabilities"), scanner.next() == .symbol("="), scanner.next() == .symbol("[")
                else { throw Self.unreadable }
                while let element = scanner.next(), element != .symbol("]") {
                    switch element {
                    case .text(let capability): capabilities.insert(capability)
                    case .symbol(","): continue
                    default: throw Self.unreadable
                    }
                }
            }
            rules.append(Rule(path: path, capabilities: capabilities))
        }
        self.init(text: text, rules: rules)
    }

    private static let unreadable = VaultError(400, "failed to parse policy: the test double cannot read this")

    private struct Scanner {
        enum Token: Equatable {
            case word(String)
            case text(String)
            case symbol(Character)
        }

        private var rest: Substring

        init(_ text: String) { rest = text[...] }

        mutating func next() -> Token? {
            rest = rest.drop(while: \.isWhitespace)
            while rest.hasPrefix("#") || rest.hasPrefix("//") {
                rest = rest.drop { $0 != "\n" }.drop(while: \.isWhitespace)
            }
            guard let first = rest.first else { return nil }
            if first == "\"" {
                let content = rest.dropFirst().prefix { $0 != "\"" }
                rest = rest.dropFirst(content.count + 2)
                return .text(String(content))
            }
            guard first.isLetter else {
                rest.removeFirst()
                return .symbol(first)
            }
            let word = rest.prefix { $0.isLetter || $0 == "_" }
            rest = rest.dropFirst(word.count)
            return .word(String(word))
        }
    }

    /// What every token may do unless it was made without this policy.
    static let `default` = VaultPolicy(
        text: "",
        rules: [
            ("auth/token/lookup-self", ["read"]), ("auth/token/renew-self", ["update"]),
            ("auth/token/revoke-self", ["update"]), ("sys/capabilities-self", ["update"]),
            ("sys/internal/ui/resultant-acl", ["read"]), ("sys/renew", ["update"]),
            ("sys/leases/renew", ["update"]), ("sys/leases/lookup", ["update"]),
            ("cubbyhole/*", ["create", "read", "update", "delete", "list"]), ("sys/wrapping/wrap", ["update"]),
            ("sys/wrapping/lookup", ["update"]), ("sys/wrapping/unwrap", ["update"]), ("sys/tools/hash", ["update"]),
            ("sys/tools/hash/*", ["update"]), ("sys/control-group/request", ["update"]),
            ("identity/entity/id/*", ["read"]),
        ]
        .map { Rule(path: $0.0, capabilities: $0.1) }
    )
}
