import JaneeConfig
import JaneeSecrets
import JaneeTestSupport
import Testing

/// A YAML block of RFC 0005 with the line above it that says what it is.
struct SpecificationBlock: CustomTestStringConvertible, Sendable {
    let heading: String
    let yaml: String

    var testDescription: String { heading }

    /// All blocks, in order.
    static let all: [SpecificationBlock] = (try? read()) ?? []

    static func named(_ heading: String) throws -> SpecificationBlock {
        try #require(all.first { $0.heading.contains(heading) }, "no block under '\(heading)'")
    }

    private static func read() throws -> [SpecificationBlock] {
        var blocks: [SpecificationBlock] = []
        var heading = ""
        var block: [Substring]?
        for line in try Fixture.text("rfc-0005.md").split(separator: "\n", omittingEmptySubsequences: false) {
            let content = line.drop { $0 == " " }
            if content == "```", let lines = block {
                blocks.append(SpecificationBlock(heading: heading, yaml: lines.joined(separator: "\n") + "\n"))
                block = nil
            } else if content.hasPrefix("```") {
                // The step that is written as shell commands holds a configuration from its first key on.
                block = []
            } else if block != nil {
                if !(heading.contains("Step 3") && block == [] && line != "services:") { block?.append(line) }
            } else if !line.isEmpty {
                heading = String(line)
            }
        }
        return blocks
    }
}

@Suite("The YAML of RFC 0005, as pasted")
struct SpecificationTests {
    private static let invalid = "PROVIDER_CONFIG_INVALID"
    private static let sets: [String: String] = [
        "VAULT_ROLE_ID": "r", "VAULT_DEV_TOKEN": "t", "VAULT_TOKEN": "t", "JANEE_ENV": "prod",
    ]

    @Test("No block is missing")
    func complete() {
        #expect(SpecificationBlock.all.count == 15)
    }

    @Test(
        "A block that is a configuration loads",
        arguments: [
            ("Example with strict validation", ["prodVault"], [:]),
            ("### Production Vault Setup", ["prodVault"], ["stripe": "prodVault://mcp/agents/stripe/api-key"]),
            ("### AWS with IAM Role", ["awsProd"], ["github": "awsProd://prod/mcp-agents/github-token"]),
            (
                "### Multi-Environment Setup", ["local", "devVault", "prodVault"],
                ["stripe": "prodVault://mcp/agents/stripe/api-key"]
            ),
            ("Current config (filesystem only)", [], ["stripe": "a bare reference"]),
            ("Explicit filesystem provider", ["default"], ["stripe": "default://stripe-api-key"]),
            ("Step 2: Add provider config", ["local", "prodVault"], ["stripe": "a bare reference"]),
        ]
    )
    func loads(heading: String, providers: [String], secrets: [String: String]) throws {
        let configuration = try ConfigFixture.parse(try SpecificationBlock.named(heading).yaml, Self.sets)
        #expect(configuration.providers.map(\.name.spelling) == providers)
        #expect(configuration.services.compactMapValues { $0.auth.secrets["key"]?.description } == secrets)
        #expect(configuration.warnings.isEmpty)
    }

    @Test("The configuration of step 3 loads together with the providers of step 2")
    func step3() throws {
        let step2 = try SpecificationBlock.named("Step 2").yaml
        let providers = step2[..<(try #require(step2.firstRange(of: "services:")).lowerBound)]
        let yaml = try SpecificationBlock.named("Step 3").yaml
        let configuration = try ConfigFixture.parse(providers + yaml, Self.sets)
        #expect(
            configuration.services["stripe"]?.auth.secrets["key"]?.description
                == "prodVault://mcp/agents/stripe/api-key"
        )
        #expect(ConfigFixture.problems(yaml) == ["6:12 PROVIDER_NOT_FOUND services.stripe.auth.key"])
    }

    @Test("The commented field of the strict example fails once it is one")
    func unknownField() throws {
        let block = try SpecificationBlock.named("Example with strict validation").yaml
        let yaml = block.split(separator: "# unknownField").joined(separator: "unknownField")
        #expect(yaml != block)
        #expect(
            ConfigFixture.problems(yaml, Self.sets) == ["11:5 \(Self.invalid) providers.prodVault.unknownField"]
        )
        #expect(
            ConfigFixture.messages(yaml, Self.sets).contains("is not a known field; known here: address, namespace")
        )
    }

    @Test("The malicious address is refused")
    func serverSideRequestForgery() throws {
        let yaml = try SpecificationBlock.named("1. Server-Side Request Forgery").yaml
        #expect(
            ConfigFixture.problems(yaml) == [
                "4:5 \(Self.invalid) providers.evil", "5:14 \(Self.invalid) providers.evil.address",
            ]
        )
        let secure = yaml.split(separator: "http:").joined(separator: "https:")
        #expect(ConfigFixture.messages(secure).contains("169.254.169.254 is link-local"))
    }

    /// The lines of the two blocks that are lists of references, with what becomes of each.
    static let references: [(line: String, outcome: String)] = [
        ("key: vault://mcp/agents/stripe/api-key", "vault://mcp/agents/stripe/api-key"),
        ("key: aws://prod/payment/stripe", "aws://prod/payment/stripe"),
        (
            "key: vault://my-app/config%2Fspecial  # Decodes to \"my-app/config/special\"",
            "vault://my-app/config/special"
        ),
        ("key: vault://                 # Error: empty path", "the path is empty"),
        ("key: vault://../etc/passwd   # Error: path traversal", "'.' and '..' segments are not allowed"),
        ("key: 9vault://path           # Error: provider must start with letter", "must start with a letter"),
        ("key: vault://very/long/...   # Error: path > 1024 chars", "the path has 1034 characters"),
        ("key: vault://../../../etc/passwd", "'.' and '..' segments are not allowed"),
        ("key: vault://prod/../../sensitive", "'.' and '..' segments are not allowed"),
        (
            "   key: vault://path/to/secret@v5  # Specific version",
            "use the form { provider: …, path: …, field: …, version: … }"
        ),
    ]

    @Test("Each line of a list of references is accepted or refused as its comment says", arguments: references)
    func reference(line: String, outcome: String) throws {
        let providers = ["vault", "aws"]
            .map {
                "  \($0): { type: aws-secrets-manager, region: us-east-1, auth: { method: iam-role } }\n"
            }
        // The dots of the example stand for what makes it too long.
        let long = line.split(separator: "...").joined(separator: String(repeating: "a", count: 1024))
        let yaml =
            "providers:\n" + providers.joined() + "services:\n  a:\n    baseUrl: https://x.example\n    auth:\n"
            + "      type: bearer\n      \(long.contains("aaaa") ? long : line)\n"
        if outcome.contains("://") {
            let configuration = try ConfigFixture.parse(yaml)
            #expect(configuration.services["a"]?.auth.secrets["key"]?.description == outcome)
        } else {
            let column = line.hasPrefix(" ") ? 15 : 12
            let place = "9:\(column) INVALID_SECRET_URI services.a.auth.key"
            if column == 12 { #expect(ConfigFixture.problems(yaml) == [place]) }
            #expect(ConfigFixture.messages(yaml).contains(outcome) || column != 12, "\(ConfigFixture.messages(yaml))")
        }
    }

    @Test("The table of references holds every line of the RFC")
    func everyReference() {
        let lines = SpecificationBlock.all.flatMap { $0.yaml.split(separator: "\n") }
            .filter { $0.drop { $0 == " " }.hasPrefix("key: ") && $0.prefix { $0 == " " }.count < 4 }
        #expect(lines.map(String.init) == Self.references.map(\.line))
    }

    @Test(
        "A rejected design fails clearly, where it differs",
        arguments: [
            ("Alternative 1", ["1:1 CONFIG_INVALID secrets"], "is not a known field; known here: "),
            (
                "Alternative 2", ["3:11 \(invalid) providers.vault.type"],
                "must be one of: filesystem, hashicorp-vault, openbao, aws-secrets-manager, azure-key-vault, environment, exec"
            ),
            (
                "Alternative 3", ["3:5 CONFIG_INVALID services.stripe", "4:7 CONFIG_INVALID services.stripe.auth"],
                "misses 'type', which must be one of: bearer, basic, headers"
            ),
        ]
    )
    func rejected(heading: String, problems: [String], message: String) throws {
        let yaml = try SpecificationBlock.named(heading).yaml
        #expect(ConfigFixture.problems(yaml) == problems)
        #expect(ConfigFixture.messages(yaml).contains(message))
    }
}
