import JaneeTelemetry
import JaneeTestSupport
import Testing

@Suite("Credentials that nobody has told of")
struct CredentialRuleTests {
    /// Not a key, and no text that a scanner of repositories takes for one.
    private static func letters(_ count: Int) -> String {
        String(String(repeating: "Ab3dEf6hIj", count: 12).prefix(count))
    }

    private static let named = [
        ("https://user:pw@host/p", "https://***@host/p"), ("postgres://u:p@ss@h:5432/d", "postgres://***@h:5432/d"),
        ("see http://t0k3n@host, and more", "see http://***@host, and more"),
        ("https:\\/\\/user:pw@host", "https:\\/\\/***@host"),
        ("https%3A%2F%2Fuser%3Apw%40host", "https%3A%2F%2F***%40host"),
        ("/p?a=1&token=abc&b=2", "/p?a=1&token=***&b=2"), ("?key=abc", "?key=***"), ("?sig=a%2Fb&x", "?sig=***&x"),
        ("?api_key=k", "?api_key=***"), ("?access_token=k#f", "?access_token=***#f"),
        ("client_secret=k", "client_secret=***"), ("password=hunter2", "password=***"),
        ("X-Amz-Signature=ab12&X-Amz-Date=1", "X-Amz-Signature=***&X-Amz-Date=1"),
        ("VAULT_TOKEN=abc", "VAULT_TOKEN=***"),
        ("token=\"a b\" next", "token=\"***\" next"),
        (#"{"token":"abc","n":1}"#, #"{"token":"***","n":1}"#),
        (#"{"vault_token" : "a\"b"}"#, #"{"vault_token" : "***"}"#),
        (#"{"aws_secret_access_key": "xxx"}"#, #"{"aws_secret_access_key": "***"}"#),
        (#""{\"password\":\"abc\"}""#, #""{\"password\":\"***\"}""#),
        (#"{"password": 12345678}"#, #"{"password": ***}"#),
        ("password: hunter2", "password: ***"), ("X-Vault-Token: ab12cd34", "X-Vault-Token: ***"),
        ("secretAccessKey: wJalrXUt", "secretAccessKey: ***"),
        ("Authorization: Bearer abcdef12", "Authorization: Bearer ***"),
        ("authorization: basic dXNlcjpwdw==", "authorization: basic ***"),
        ("sent Bearer ab12cd34 to it", "sent Bearer *** to it"), ("got Basic dXNlcjpwYXNz.", "got Basic ***"),
    ]

    private static let shaped = [
        "hvs.\(letters(24))", "hvb.\(letters(100))", "s.\(letters(24))", "sk_" + "live_\(letters(24))",
        "sk_" + "test_\(letters(8))",
        "ghp_\(letters(36))", "github_pat_\(letters(60))", "xoxb-12-\(letters(20))", "xoxp-\(letters(20))",
        "AKIA" + "ABCDEFGHIJ234567", "ASIA" + "ABCDEFGHIJ234567", "eyJ\(letters(20)).eyJ\(letters(20)).\(letters(43))",
        "eyJ\(letters(20)).eyJ\(letters(20)).", "sk-\(letters(40))",
        "-----BEGIN PRIVATE KEY-----\n\(letters(64))\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\\n\(letters(64))\\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\\u{a}\(letters(64))\\u{a}-----END EC PRIVATE KEY-----",
    ]

    /// What reads like a credential and is none.
    private static let harmless = [
        "", "token", "token=", "token=true", "\"token\": null", "token=${VAULT_TOKEN}", "the token: must be a string",
        "providers.prod.auth.token: environment variable VAULT_TOKEN is not set", "auth.password: 'x' is no reference",
        "key: vault://prod/stripe2", "secret: vault://prod/stripe2", "authorization: may not be set",
        "Bearer authentication", "basic credentials of a service", "the Bearer token of 'x'", "monkey=banana",
        "?monkey=1",
        "tokens=100", "https://host/a@b", "https://host:8080/p?q=a@b", "vault://prod/path@3", "s.short",
        "is.thisawordofmorethan24letters",
        "eyJ.eyJ.eyJ", "eyJhbGciOi", "AKIAABCDEFGHIJ2345678", "AKIASHORT", "MYAKIAABCDEFGHIJ234567", "xoxb-short",
        "ghp_short",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----",
        "risk-assessment-of-something",
        "--key-from-env STRIPE_KEY", "code=404", "key=value", "token=***", "https://***@host", "a: b: c", "10:30:00",
        "://", "=", ":",
    ]

    @Test("what stands behind a name goes, the rest stays", arguments: named)
    func names(text: String, expected: String) {
        #expect(Redactor().redact(text) == expected)
        #expect(Redactor().redact(expected) == expected)
    }

    @Test("tokens go whole, wherever they stand", arguments: shaped)
    func shapes(token: String) {
        for (before, after) in [("", ""), ("x ", " y"), ("(", ")"), ("\"", "\""), ("path/", "/more"), ("a=", ",b")] {
            #expect(Redactor().redact(before + token + after, .shapes) == before + "***" + after)
        }
    }

    @Test("the beginning of a private key without its end takes everything with it")
    func unfinishedKey() {
        #expect(Redactor().redact("x -----BEGIN PRIVATE KEY-----\nMIIE", .shapes) == "x ***")
    }

    @Test("ordinary text stays as it is", arguments: harmless)
    func ordinary(text: String) {
        #expect(Redactor().redact(text) == text)
    }

    @Test("names count for foreign text only")
    func rules() {
        #expect(Redactor().redact("password=abc", .shapes) == "password=abc")
        #expect(Redactor().redact("https://u:p@h", []) == "https://u:p@h")
    }

    @Test("long texts of random words stay as they are")
    func randomWords() {
        var generator = SeededGenerator(seed: 5)
        let words = [
            "service", "stripe", "=", ":", "/", " ", "\n", "basic", "bearer", "é", "\u{1F511}", "%", "\\", "2026", "?",
            "&", "x-y_z", ".",
        ]
        for _ in 0..<10 {
            let text = generator.text(of: words, length: 5000...5000)
            let redacted = Redactor().redact(text)
            #expect(redacted == text || text.contains(/(?i)(bearer|basic)[ ]/))
            #expect(Redactor().redact(redacted) == redacted)
        }
    }
}
