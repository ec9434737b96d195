import JaneeConfig
import JaneeSecrets
import Testing

@Suite("Problems of a configuration")
struct ConfigurationProblemTests {
    static let invalid = "PROVIDER_CONFIG_INVALID"

    /// Files with the places, codes and fields of all their problems.
    static let cases: [(yaml: String, problems: [String])] = [
        ("[]", ["1:1 CONFIG_INVALID "]),
        ("servces: {}", ["1:1 CONFIG_INVALID servces"]),
        ("services: []", ["1:11 CONFIG_INVALID services"]),
        ("services:\n  a: 1", ["2:6 CONFIG_INVALID services.a"]),
        (
            "services:\n  a: {}",
            ["2:6 CONFIG_INVALID services.a", "2:6 CONFIG_INVALID services.a"]
        ),
        (
            "services:\n  a:\n    baseUrl: ftp://x\n    auth: { type: bearer, key: k, keys: l }\n    nope: 1",
            [
                "3:14 CONFIG_INVALID services.a.baseUrl", "4:35 CONFIG_INVALID services.a.auth.keys",
                "5:5 CONFIG_INVALID services.a.nope",
            ]
        ),
        (
            "services:\n  a:\n    baseUrl: https://x.example\n    auth: { type: bearr, key: k }",
            ["4:19 CONFIG_INVALID services.a.auth.type"]
        ),
        (
            "services:\n  a:\n    baseUrl: https://x.example\n    auth: { type: bearer, apiSecret: k, key: a }",
            ["4:27 CONFIG_INVALID services.a.auth.apiSecret"]
        ),
        (service("key: a b"), ["4:32 INVALID_SECRET_URI services.a.auth.key"]),
        (service("key: ../a"), ["4:32 INVALID_SECRET_URI services.a.auth.key"]),
        (service("key: 'x://a#b'"), ["4:32 INVALID_SECRET_URI services.a.auth.key"]),
        (service("key: nowhere://a"), ["4:32 PROVIDER_NOT_FOUND services.a.auth.key"]),
        (service("key: 5"), ["4:32 CONFIG_INVALID services.a.auth.key"]),
        (service("key: { provider: local }"), ["4:32 CONFIG_INVALID services.a.auth.key"]),
        (
            service("key: { provider: 9, path: .., fild: x }"),
            [
                "4:44 CONFIG_INVALID services.a.auth.key.provider", "4:53 INVALID_SECRET_URI services.a.auth.key.path",
                "4:57 CONFIG_INVALID services.a.auth.key.fild",
            ]
        ),
        (service("key: { provider: local, path: a, field: b }"), ["4:32 INVALID_SECRET_URI services.a.auth.key"]),
        (service("key: '${UNSET}://a'"), ["4:32 \(invalid) services.a.auth.key"]),
        (service("key: '${file:/x}'"), ["4:32 \(invalid) services.a.auth.key"]),
        ("capabilities:\n  c: { service: none }", ["2:17 CONFIG_INVALID capabilities.c.service"]),
        (
            "capabilities:\n  c: { service: a, ttl: soon, mode: x, access: shut, autoApprove: yes }\n" + service(),
            [
                "2:25 CONFIG_INVALID capabilities.c.ttl", "2:37 CONFIG_INVALID capabilities.c.mode",
                "2:48 CONFIG_INVALID capabilities.c.access", "2:67 CONFIG_INVALID capabilities.c.autoApprove",
            ]
        ),
        (
            "capabilities:\n  c:\n    service: a\n    rules: [allow]\n" + service(),
            ["4:12 CONFIG_INVALID capabilities.c.rules"]
        ),
        (
            "capabilities:\n  c:\n    service: a\n    rules: { deny: 'POST *', alow: [] }\n" + service(),
            ["4:20 CONFIG_INVALID capabilities.c.rules.deny", "4:30 CONFIG_INVALID capabilities.c.rules.alow"]
        ),
        (
            "providers:\n  9x: { type: filesystem, path: /a }",
            ["2:3 \(invalid) providers.9x"]
        ),
        (
            "providers:\n  a: { type: filesystem, path: /a }\n  A: { type: filesystem, path: /b }",
            ["3:3 \(invalid) providers.A"]
        ),
        (
            "providers:\n  local: { type: aws-secrets-manager, region: us-east-1, auth: { method: iam-role } }",
            ["2:3 \(invalid) providers.local"]
        ),
        (
            "providers:\n  a: { type: filesystem, path: x, mode: 1 }",
            ["2:32 \(invalid) providers.a.path", "2:35 \(invalid) providers.a.mode"]
        ),
        ("providers:\n  a: { path: /x }", ["2:6 \(invalid) providers.a"]),
        ("providers:\n  a: { type: vault }", ["2:14 \(invalid) providers.a.type"]),
        (
            vault("auth: { method: approle, roleId: a, token: b }"),
            ["5:11 \(invalid) providers.v.auth", "5:41 \(invalid) providers.v.auth.token"]
        ),
        (vault("auth: { method: token, token: '${file:x}' }"), ["5:35 \(invalid) providers.v.auth.token"]),
        (vault("auth: { method: token, token: '${A' }"), ["5:35 \(invalid) providers.v.auth.token"]),
        (
            "providers:\n  v: { type: hashicorp-vault, address: 'http://x.example', auth: { method: aws, role: r } }",
            ["2:40 \(invalid) providers.v.address"]
        ),
        ("server: { defaultAcess: open }", ["1:11 CONFIG_INVALID server.defaultAcess"]),
        (
            "security: { masterKey: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= }",
            ["1:24 CONFIG_INVALID security.masterKey"]
        ),
        ("security: { masterKey: 'local://key' }", ["1:24 \(invalid) security.masterKey"]),
        ("version: 7\nllm: [anything]\nfeatures: { providers: true }", []),
        ("services:\ncapabilities:\nserver:\n", []),
    ]

    static func service(_ auth: String = "key: k") -> String {
        "services:\n  a:\n    baseUrl: https://x.example\n    auth: { type: bearer, \(auth) }"
    }

    static func vault(_ auth: String) -> String {
        "providers:\n  v:\n    type: hashicorp-vault\n    address: https://x.example\n    \(auth)"
    }

    @Test("All problems are found at once, each with its place, code and field", arguments: cases)
    func problems(yaml: String, problems: [String]) {
        let places = ConfigFixture.problems(yaml)
        #expect(places.sorted() == problems.sorted(), "\(ConfigFixture.messages(yaml))")
    }

    @Test(
        "A hint names the nearest name",
        arguments: [
            ("servces: {}", "services"), (service("kye: k"), "key"),
            ("providers: { a: { type: filesytem } }", "filesystem"),
            ("providers:\n  prodVault: { type: filesystem, path: /a }\n" + service("key: prodVualt://x"), "prodVault"),
            ("capabilities:\n  c: { service: strpe }\nservices: { stripe: 1 }", "did you mean 'stripe'"),
        ]
    )
    func hints(yaml: String, hint: String) {
        #expect(ConfigFixture.messages(yaml).contains(hint), "\(ConfigFixture.messages(yaml))")
    }

    @Test("No message repeats a value of the file")
    func nothingQuoted() {
        let canary = "CANARYq7x9w2e4r6"
        let files = [
            Self.service("key: '\(canary) x'"), Self.service("key: { provider: local, path: '\(canary)#' }"),
            Self.service("\(canary): x"), Self.service("key: \(canary)://\(canary)"), "\(canary): 1",
            Self.vault("auth: { method: token, token: '${\(canary)-}' }"),
            Self.vault("auth: { method: \(canary), token: x }"), "server: { defaultAccess: \(canary) }",
            "security: { masterKey: \(canary) }", "services: { a: { baseUrl: 'https://u:\(canary)@x.example' } }",
            "services: { a: { baseUrl: 'https://x.example/?k=\(canary)' } }",
        ]
        for file in files where !file.contains("\(canary)://") {
            #expect(!ConfigFixture.problems(file).isEmpty, "\(file)")
            #expect(!ConfigFixture.messages(file).contains("CANARY"), "\(ConfigFixture.messages(file))")
        }
        // Of a reference the provider's name is shown, and nothing else.
        let unknown = ConfigFixture.messages(Self.service("key: nowhere://\(canary)"))
        #expect(unknown.contains("'nowhere'") && !unknown.contains("CANARY"))
    }

    @Test("Problems print as compilers print theirs")
    func format() throws {
        let error = try #require(throws: ConfigurationError.self) { try ConfigFixture.parse("servces: {}") }
        #expect(error.description.hasPrefix("config.yaml:1:1: error CONFIG_INVALID: servces: is not a known field"))
    }
}
