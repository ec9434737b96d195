import JaneeSecrets
import Testing

@Suite("Formats of configuration texts")
struct ConfigFormatTests {
    @Test(
        "a service's secret is checked as far as the text tells",
        arguments: [
            ("vault://a/b", nil), ("a", nil), ("${X}://a", nil), ("${A == 'b' ? 'c' : 'd'}://e", nil), ("${X}", nil),
            ("", "INVALID_SECRET_URI"), ("vault://", "INVALID_SECRET_URI"), ("a b", "INVALID_SECRET_URI"),
            ("9v://a", "INVALID_SECRET_URI"), ("vault://a#b", "INVALID_SECRET_URI"),
            ("$${X}://a", "INVALID_SECRET_URI"),
            ("${file:/x}://a", "PROVIDER_CONFIG_INVALID"), ("${", "PROVIDER_CONFIG_INVALID"),
            ("${A ? 'b' : 'c'}://d", "PROVIDER_CONFIG_INVALID"),
        ] as [(String, String?)]
    )
    func secretReference(text: String, code: String?) {
        #expect(ConfigStringFormat.secretReference.check(text)?.code == code)
        #expect((ConfigStringFormat.secretReference.check(text) == nil) == (code == nil))
    }

    @Test("credentials may be literal, from variables and from files, but not empty")
    func credential() {
        for text in ["a", "${X}", "${file:/x}", "a${X}b", "$${"] {
            #expect(ConfigStringFormat.credential.check(text) == nil)
        }
        for text in ["", "${", "${X", "${file:x}", "${A == 'b' ? 'c' : 'd'}"] {
            #expect(ConfigStringFormat.credential.check(text) != nil)
        }
    }

    @Test(
        "provider names",
        arguments: [("vault", true), ("9vault", false), ("", false), ("a.b", false), ("prod-Vault_2", true)]
    )
    func providerName(text: String, valid: Bool) {
        let refusal = ConfigStringFormat.providerName.check(text)
        #expect((refusal == nil) == valid)
        #expect(valid || refusal?.code == "PROVIDER_CONFIG_INVALID")
    }

    @Test(
        "addresses of providers are https, or http on literal loopback, and never a metadata service",
        arguments: [
            ("https://vault.company.com", true), ("https://vault.company.com:8200/base", true),
            ("http://localhost:8200", true),
            ("http://127.0.0.1:8200", true), ("http://[::1]:8200", true), ("https://10.1.2.3", true),
            ("http://vault.company.com", false), ("http://10.1.2.3", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("https://169.254.169.254", false), ("https://0.0.0.0", false), ("https://[fe80::1]", false),
            ("https://[::ffff:169.254.169.254]", false), ("https://user:pw@vault", false), ("https://vault?x=1", false),
            ("https://vault#x", false), ("vault.company.com", false), ("ftp://vault", false), ("", false),
            ("${VAULT_ADDR}", false), ("https://0x7f.1", false), ("https://2130706433", false),
        ]
    )
    func providerAddress(text: String, valid: Bool) {
        let refusal = ConfigStringFormat.providerAddress.check(text)
        #expect((refusal == nil) == valid)
        #expect(refusal?.message.contains("pw") != true)
    }

    @Test(
        "local paths are absolute or below the home directory",
        arguments: [
            ("/a/b", true), ("~/a", true), ("~", true), ("/", true), ("/a/..b/c", true), ("/a/./b", true), ("a", false),
            ("./a", false), ("../a", false), ("", false), ("~user/a", false), ("/a/../b", false), ("~/../a", false),
            ("/..", false), ("/a\u{0}b", false), ("${HOME}/a", false), ("/a/${X}", false),
        ]
    )
    func localPath(text: String, valid: Bool) {
        #expect((ConfigStringFormat.localPath.check(text) == nil) == valid)
    }

    @Test("text that looks like a substitution where none is done is refused, not taken literally")
    func unsubstituted() {
        for text in ["${NAMESPACE}", "a${X}", "${file:/x}", "${"] {
            #expect(ConfigStringFormat.text.check(text)?.message.contains("${…}") == true)
        }
        for text in ["a", "$", "$X", "{a}", " "] { #expect(ConfigStringFormat.text.check(text) == nil) }
        #expect(ConfigStringFormat.text.check("") != nil)
        for text in ["", "${X}"] { #expect(ConfigStringFormat.anyText.check(text) == nil) }
    }

    @Test("one of a few words")
    func choices() {
        let format = ConfigStringFormat.oneOf(["open", "restricted"])
        #expect(format.choices == ["open", "restricted"])
        #expect(format.check("open") == nil)
        #expect(format.check("Open")?.message == "must be one of: open, restricted; did you mean 'open'?")
        #expect(format.check("Zq9CANARY")?.message == "must be one of: open, restricted")
    }

    @Test("a structured reference needs a provider and a path and nothing unknown")
    func structured() {
        var validator = ConfigValidator()
        validator.check(.map(["provider": .string("v"), "path": .string("a/b")]), against: .secret, field: "key")
        validator.check(
            .map(["provider": .string("v"), "path": .string("a"), "field": .string("f"), "version": .integer(5)]),
            against: .secret,
            field: "key"
        )
        #expect(validator.problems.isEmpty)
        validator.check(
            .map(["provider": .string("9"), "path": .string("../a"), "field": .string(""), "versoin": .integer(5)]),
            against: .secret,
            field: "key"
        )
        #expect(validator.problems.map(\.field) == ["key.provider", "key.path", "key.field", "key.versoin"])
        #expect(
            validator.problems.map(\.code) == [
                "PROVIDER_CONFIG_INVALID", "INVALID_SECRET_URI", "CONFIG_INVALID", "CONFIG_INVALID",
            ]
        )
    }
}
