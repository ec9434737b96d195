import JaneeJSON
import JaneeSecrets
import Testing

@testable import JaneeProviders

@Suite("References to secrets of AWS")
struct SecretIdentifierTests {
    private func identifier(
        _ path: String,
        version: String? = nil,
        field: String? = nil,
        region: String = "us-east-1"
    ) throws -> SecretIdentifier {
        let region = try #require(AWSRegion(region))
        return try SecretIdentifier(try SecretReference(path: path, field: field, version: version), in: region)
    }

    @Test(
        "the whole path is the id, with what the grammar of URIs wants encoded",
        arguments: [
            ("prod/mcp-agents/github-token", "prod/mcp-agents/github-token"), ("a", "a"),
            ("prod/a%2Bb%3Dc%40d._-", "prod/a+b=c@d._-"), ("prod/my-tokens", "prod/my-tokens"),
            (
                "arn%3Aaws%3Asecretsmanager%3Aus-east-1%3A123456789012%3Asecret%3Aapp/db-AbCdEf",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf"
            ),
        ]
    )
    func accepted(path: String, id: String) throws {
        let secret = try identifier(path)
        #expect(secret.secretID == id && secret.version == nil)
        #expect(try JSONReader.parse(secret.body()) == ["SecretId": .string(id)])
    }

    static let impossible: [(path: String, words: String)] = [
        ("prod/ein%20name", "letters and digits of ASCII"), ("prod/p%C3%A4ss", "letters and digits of ASCII"),
        ("prod/a~b", "letters and digits of ASCII"), ("prod/a%2Ab", "letters and digits of ASCII"),
        (String(repeating: "x", count: 513), "512 characters"),
        ("arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Asecret%3Aa-AbCdEf", "is none of a secret"),
        ("arn%3Aaws%3Asecretsmanager%3Aus-east-1%3A1234%3Asecret%3Aa-AbCdEf", "is none of a secret"),
        ("arn%3Aaws%3Asecretsmanager%3Aus-east-1%3A123456789012%3Aa-AbCdEf", "is none of a secret"),
        ("arn%3Aaws%3Asecretsmanager%3Aus-east-1%3A123456789012%3Asecret%3Aapp/db", "not whole"),
        ("arn%3Aaws%3Asecretsmanager%3Aus-east-1%3A123456789012%3Asecret%3A-AbCdEf", "not whole"),
        ("arn%3Aaws%3Asecretsmanager%3Aus-east-1%3A123456789012%3Asecret%3Aa%2Ab-AbCdEf", "letters and digits"),
        (
            "arn%3Aaws%3Asecretsmanager%3Aeu-west-1%3A123456789012%3Asecret%3Aapp/db-AbCdEf",
            "the ARN is of region eu-west-1, but the provider asks region us-east-1"
        ),
        (
            "arn%3Aaws%3Asecretsmanager%3Ahunter2%3A123456789012%3Asecret%3Aapp/db-AbCdEf",
            "the ARN is of another region"
        ),
        ("arn%3Aaws-cn%3Asecretsmanager%3Aus-east-1%3A123456789012%3Asecret%3Aa-AbCdEf", "another partition"),
    ]

    @Test("what no secret of AWS can be called is refused without asking", arguments: impossible)
    func refused(path: String, words: String) throws {
        let error = #expect(throws: SecretError.self) { try identifier(path) }
        #expect(error?.code == .invalidSecretURI)
        #expect(error?.detail.contains(words) == true, "\(error?.detail ?? "")")
        #expect(error?.detail.contains("hunter2") == false)
    }

    @Test("a version is a label or an id")
    func versions() throws {
        let id = "11111111-1111-1111-1111-111111111111"
        #expect(try identifier("a", version: "AWSPREVIOUS").version == .stage("AWSPREVIOUS"))
        #expect(try identifier("a", version: id).version == .id(id))
        #expect(
            try JSONReader.parse(try identifier("a", version: id).body()) == [
                "SecretId": "a", "VersionId": .string(id),
            ]
        )
        #expect(
            try JSONReader.parse(try identifier("a", version: "AWSPENDING").body())
                == ["SecretId": "a", "VersionStage": "AWSPENDING"]
        )
        #expect(try JSONReader.parse(try identifier("a", version: id).body(withVersion: false)) == ["SecretId": "a"])
        for text in ["", "a b", "é", String(repeating: "x", count: 257)] {
            #expect(throws: SecretError.self) { try identifier("a", version: text) }
        }
    }

    @Test("a field that is no JSON pointer although it begins like one is refused")
    func pointers() throws {
        _ = try identifier("a", field: "/a~0b/~1")
        _ = try identifier("a", field: "a~b")
        for field in ["/a~", "/a~2b", "/~/x"] {
            #expect(throws: SecretError.self) { try identifier("a", field: field) }
        }
    }

    @Test("the definition refuses them when the configuration is checked")
    func definition() throws {
        let section = try #require(
            ConfigSection.forTests(["region": .string("eu-west-1"), "auth": .map(["method": .string("iam-role")])])
        )
        let definition = AWSSecretsManagerDefinition()
        try definition.validate(try SecretReference(path: "prod/x"), configuration: section)
        #expect(throws: SecretError.self) {
            try definition.validate(try SecretReference(path: "prod/%20"), configuration: section)
        }
    }
}
