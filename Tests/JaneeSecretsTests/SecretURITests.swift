import JaneeSecrets
import Testing

@Suite("Secret references as written")
struct SecretURITests {
    @Test(
        "a URI names a provider in lower case and a canonical path",
        arguments: [
            ("vault://mcp/agents/stripe/api-key", "vault", "mcp/agents/stripe/api-key"),
            ("aws://prod/payment/stripe", "aws", "prod/payment/stripe"),
            ("vault://my-app/config%2Fspecial", "vault", "my-app/config/special"),
            ("prodVault://mcp/agents/stripe/api-key", "prodvault", "mcp/agents/stripe/api-key"),
            ("awsProd://prod/mcp-agents/github-token", "awsprod", "prod/mcp-agents/github-token"),
            ("default://stripe-api-key", "default", "stripe-api-key"), ("local://a", "local", "a"),
            ("filesystem://a", "filesystem", "a"), ("VAULT://A", "vault", "A"), ("v://a", "v", "a"),
            ("vault:///a", "vault", "a"), ("vault:////a//b//", "vault", "a/b"), ("vault://a/", "vault", "a"),
            ("a-b_c9://x", "a-b_c9", "x"), ("https://x", "https", "x"), ("vault://%3A%2F%2F", "vault", ":"),
            ("x" + String(repeating: "1", count: 63) + "://a", "x" + String(repeating: "1", count: 63), "a"),
            ("vault://very/long/...", "vault", "very/long/..."),
            ("vault://" + String(repeating: "a", count: 1024), "vault", String(repeating: "a", count: 1024)),
            ("vault://" + String(repeating: "%C3%A9", count: 1024), "vault", String(repeating: "\u{E9}", count: 1024)),
            (
                "vault:///" + String(repeating: "a/", count: 511) + "a/", "vault",
                String(repeating: "a/", count: 511) + "a"
            ),
            ("prodVault://my-app%2Fconfig%2Fspecial", "prodvault", "my-app/config/special"),
            ("prodVault://%2Fa%2F%2Fb%2F", "prodvault", "a/b"), ("v://a%252E%252E", "v", "a%2E%2E"),
            ("v://%252E%252E/a", "v", "%2E%2E/a"), ("v://a%2540v5", "v", "a%40v5"), ("v://..a/b..", "v", "..a/b.."),
            ("v://%E2%80%A6", "v", "\u{2026}"), ("v://%EF%BC%8F", "v", "\u{FF0F}"), ("v://%E2%88%95", "v", "\u{2215}"),
            ("v://a%20b%09c".split(separator: "%09").joined(separator: "%C2%A0"), "v", "a b\u{A0}c"),
            ("v://%F4%8F%BF%BF", "v", "\u{10FFFF}"), ("v://0", "v", "0"), ("v://-", "v", "-"),
            ("v://~root", "v", "~root"),
            ("FILESYSTEM://A/b", "filesystem", "A/b"), ("LoCaL://a", "local", "a"),
        ]
    )
    func uri(text: String, provider: String, path: String) throws {
        let uri = try SecretURI(parsing: text)
        #expect(uri.provider.folded == provider)
        #expect(uri.reference.path == path)
        #expect(uri.form == .uri)
        #expect(uri.reference.field == nil && uri.reference.version == nil)
        #expect(try SecretURI(parsing: uri.description) == uri)
    }

    @Test(
        "text without '://' is a path in the default provider",
        arguments: [
            ("stripe-api-key", "stripe-api-key"), ("/a/b/", "a/b"), ("a%2Fb", "a/b"), ("sk_live_abc", "sk_live_abc"),
            ("vault/a", "vault/a"), ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"), ("~", "~"), ("a.b", "a.b"),
        ]
    )
    func bare(text: String, path: String) throws {
        let uri = try SecretURI(parsing: text)
        #expect(uri.provider == .local)
        #expect(uri.reference.path == path)
        #expect(uri.form == .bare)
        #expect(uri.description == "a bare reference")
    }

    @Test(
        "malformed references are INVALID_SECRET_URI",
        arguments: [
            ("vault://", "the path is empty"), ("vault:///", "the path is empty"),
            ("://", "provider name before '://' is missing"),
            ("://a", "provider name before '://' is missing"), ("vault://../etc/passwd", "'.' and '..'"),
            ("vault://../../../etc/passwd", "'.' and '..'"), ("vault://prod/../../sensitive", "'.' and '..'"),
            ("vault://a/%2e%2e/b", "'.' and '..'"), ("9vault://path", "must start with a letter"),
            ("-v://a", "must start with a letter"), ("_v://a", "must start with a letter"),
            (" vault://a", "must start with a letter"), ("\u{E9}://a", "must start with a letter"),
            ("va ult://a", "only letters, digits"), ("vault ://a", "only letters, digits"),
            ("v.t://a", "only letters, digits"),
            ("v/t://a", "only letters, digits"), ("v:t://a", "only letters, digits"),
            ("v%41://a", "only letters, digits"),
            ("vault\n://a", "only letters, digits"), ("v\u{E9}://a", "only letters, digits"),
            ("x" + String(repeating: "1", count: 64) + "://a", "longer than 64 characters"),
            ("vault://" + String(repeating: "a", count: 1025), "1025 characters"),
            ("vault://a://b", "':' at character 2"),
            ("vault://a#key", "'#' at character 2"), ("vault://a?version=5", "'?' at character 2"),
            ("vault://path/to/secret@v5", "'@' at character 15"), ("postgres://user:pw@host", "':' at character 5"),
            ("https://user@host", "'@' at character 5"), ("vault://a b", "character 2 is not allowed"),
            ("vault:a", "':' at character 6"), ("vault:/a", "':' at character 6"), ("vault:", "':' at character 6"),
            ("vault//:a", "':' at character 8"), ("vault:\\\\a", "':' at character 6"), ("", "the path is empty"),
            ("vault://\u{301}a", "not allowed"), ("Bearer abc", "character 7 is not allowed"),
            ("-----BEGIN PRIVATE KEY-----\nabc", "character 11 is not allowed"), ("{\"type\":\"x\"}", "character 1"),
            ("vault://%zz", "percent-encoding at character 1"), ("vault://a%0Ab", "control characters"),
            ("${VAULT}://a", "must start with a letter"),
            ("vault://very/long/" + String(repeating: "a", count: 1024), "1034 characters"),
            ("vault://" + String(repeating: "%C3%A9", count: 1025), "1025 characters"),
            ("vault://a/" + String(repeating: "b", count: 1023), "1025 characters"),
            ("vault://%2F", "the path is empty"), ("vault://%2F%2f/", "the path is empty"),
            ("vault:// ", "character 1"),
            ("vault://.", "'.' and '..'"), ("vault://a/.", "'.' and '..'"), ("vault://a%2F..", "'.' and '..'"),
            ("vault://%2E%2e%2Fa", "'.' and '..'"), ("vault://a/.%2E/b", "'.' and '..'"),
            ("local://..", "'.' and '..'"),
            ("vault://a%5C..%5Cb", "backslashes"), ("vault://a%5C", "backslashes"), ("vault://a\\b", "character 2"),
            ("vault://a%00", "control characters"), ("vault://a%7F", "control characters"),
            ("vault://%C2%9F", "control characters"), ("vault://a%0D%0Ab", "control characters"),
            ("vault://%C3%28", "not UTF-8"), ("vault://%C0%AE%C0%AE/a", "not UTF-8"),
            ("vault://%ED%A0%80", "not UTF-8"),
            ("vault://a%2", "percent-encoding at character 2"), ("vault://a%", "percent-encoding at character 2"),
            ("vault://%%", "percent-encoding at character 1"), ("vault://a%2G", "percent-encoding at character 2"),
            ("vault://%u0041", "percent-encoding at character 1"),
            ("vault://a%\u{FF12}F", "percent-encoding at character 2"),
            ("vault://a;b", "character 2"), ("vault://a+b", "character 2"), ("vault://caf\u{E9}", "character 4"),
            ("vault://a?field=x#y", "'?' at character 2"), ("vault://a@", "'@' at character 2"),
            ("vault://host:8200/a", "':' at character 5"), ("://vault://a", "provider name before '://' is missing"),
            ("1://a", "must start with a letter"), ("\u{212A}://a", "must start with a letter"),
            ("k\u{301}://a", "only letters, digits"), ("a\u{212A}://a", "only letters, digits"),
            ("vault\u{0}://a", "only letters, digits"), ("vault\t://a", "only letters, digits"),
            ("v@t://a", "only letters, digits"), ("v%2Dt://a", "only letters, digits"),
            ("v+t://a", "only letters, digits"),
        ]
    )
    func refused(text: String, reason: String) {
        let error = #expect(throws: SecretError.self) { try SecretURI(parsing: text) }
        #expect(error?.code == .invalidSecretURI)
        #expect(error?.detail.contains(reason) == true, "\(error?.detail ?? "")")
        #expect(error?.provider == nil && error?.path == nil)
    }

    @Test(
        "a reference is shown with everything but unreserved characters encoded, in one spelling",
        arguments: [
            ("v://my-app/config%2Fspecial", "v://my-app/config/special"), ("V:///a//b/", "V://a/b"),
            ("v://%61%2d%7e%2e%5f", "v://a-~._"), ("v://a%20b", "v://a%20b"), ("v://%c3%a9", "v://%C3%A9"),
            ("v://a%252Fb", "v://a%252Fb"), ("v://a%3ab%40c%23d%3fe", "v://a%3Ab%40c%23d%3Fe"),
            ("v://%E2%80%AEx", "v://%E2%80%AEx"), ("v://a%2Bb%3Dc", "v://a%2Bb%3Dc"), ("v://%2525", "v://%2525"),
        ]
    )
    func shown(text: String, display: String) throws {
        let uri = try SecretURI(parsing: text)
        #expect(uri.description == display)
        #expect(try SecretURI(parsing: display) == uri)
    }

    @Test("the structured form carries what the grammar cannot")
    func structured() throws {
        let vault = try #require(ProviderName("prodVault"))
        let reference = try SecretReference(path: "mcp/stripe", field: "api-key", version: "5")
        let uri = SecretURI(provider: vault, reference: reference)
        #expect(uri.form == .structured)
        #expect(uri.reference == reference)
        #expect(uri.description == "prodVault://mcp/stripe")
    }

    @Test("references are equal if they ask for the same secret, however they are written")
    func equality() throws {
        let spellings = ["vault://a/b", "VAULT:///a//b/", "vault://a%2Fb", "vault://%61/b"]
        let uris = try spellings.map { try SecretURI(parsing: $0) }
        #expect(Set(uris).count == 1)
        let vault = try #require(ProviderName("vault"))
        #expect(SecretURI(provider: vault, reference: try SecretReference(path: "a/b")) == uris[0])
        #expect(SecretURI(provider: vault, reference: try SecretReference(path: "a/b", field: "x")) != uris[0])
        #expect(try SecretURI(parsing: "a") == SecretURI(parsing: "local://a"))
        #expect(try SecretURI(parsing: "a") != SecretURI(parsing: "filesystem://a"))
        #expect(try SecretURI(parsing: "vault://caf%C3%A9") != SecretURI(parsing: "vault://cafe%CC%81"))
    }

    @Test("descriptions are safe for terminals and keep the provider's spelling")
    func description() throws {
        #expect(try SecretURI(parsing: "prodVault://a%20b/%E2%80%AE").description == "prodVault://a%20b/%E2%80%AE")
    }

    @Test("the manager's contract parses the same way")
    func manager() throws {
        struct Manager: SecretsManaging {
            func registerProvider(_ provider: any SecretsProvider) {}
            func getSecret(_ uri: SecretURI, for service: String?) async throws(SecretError) -> SecretValue {
                SecretValue("")
            }
        }
        #expect(try Manager().parseURI("Vault://a/").provider.folded == "vault")
        #expect(throws: SecretError.self) { try Manager().parseURI("vault://") }
    }
}
