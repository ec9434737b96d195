import JaneeConfig
import JaneeFiles
import JaneeSecrets
import JaneeTestSupport
import Testing

@Suite("The configuration")
struct ConfigurationTests {
    private static let service = "services: { a: { baseUrl: 'https://x.example', auth: { type: bearer, key: k } } }\n"

    /// RFC 0005, "Multi-Environment Setup", as printed there.
    static let multiEnvironment = """
        providers:
          local:
            type: filesystem
            path: ~/.janee/credentials
          
          devVault:
            type: hashicorp-vault
            address: http://localhost:8200
            auth:
              method: token
              token: ${VAULT_DEV_TOKEN}
          
          prodVault:
            type: hashicorp-vault
            address: https://vault.company.com
            namespace: production
            auth:
              method: approle
              roleId: ${VAULT_ROLE_ID}
              secretId: ${file:/run/secrets/vault-secret-id}

        services:
          stripe:
            baseUrl: https://api.stripe.com
            auth:
              type: bearer
              key: ${JANEE_ENV == 'prod' ? 'prodVault' : 'devVault'}://mcp/agents/stripe/api-key
        """

    @Test(
        "The multi-environment example of the RFC chooses its provider",
        arguments: [([:], "devVault"), (["JANEE_ENV": "dev"], "devVault"), (["JANEE_ENV": "prod"], "prodVault")]
    )
    func multiEnvironment(environment: [String: String], provider: String) throws {
        let configuration = try ConfigFixture.parse(Self.multiEnvironment, environment)
        let uri = try #require(configuration.services["stripe"]?.auth.secrets["key"])
        #expect(uri.provider == ProviderName(provider))
        #expect(uri.reference.path == "mcp/agents/stripe/api-key")
        #expect(configuration.services["stripe"]?.auth.positions["key"] == ConfigPosition(line: 27, column: 12))
        // Neither VAULT_DEV_TOKEN nor VAULT_ROLE_ID is set.
        #expect(
            configuration.warnings.map(\.field) == ["providers.devVault.auth.token", "providers.prodVault.auth.roleId"]
        )
        #expect(configuration.warnings.map(\.position.line) == [11, 19])
    }

    @Test(
        "Bare names mean local, else filesystem, else default, else the home's own store",
        arguments: [
            ("{}", nil), ("{ x: FS }", nil), ("{ default: FS }", "default"),
            ("{ default: FS, filesystem: FS }", "filesystem"),
            ("{ default: FS, Filesystem: FS, LOCAL: FS }", "LOCAL"), ("{ default: AWS, x: FS }", nil),
        ]
    )
    func defaultProvider(providers: String, name: String?) throws {
        let yaml =
            "providers: "
            + providers.split(separator: "FS", omittingEmptySubsequences: false)
            .joined(separator: "{ type: filesystem, path: /x }")
            .split(separator: "AWS", omittingEmptySubsequences: false)
            .joined(separator: "{ type: aws-secrets-manager, region: us-east-1, auth: { method: iam-role } }")
        #expect(try ConfigFixture.parse(yaml).defaultProvider?.name.spelling == name)
    }

    @Test("What is left out has its default")
    func defaults() throws {
        let configuration = try ConfigFixture.parse(Self.service + "capabilities: { c: { service: a } }")
        let service = try #require(configuration.services["a"])
        #expect(service.limits.total == .seconds(120) && service.limits.maximumResponseBytes == 10 << 20)
        #expect(service.network.allow.isEmpty && !service.network.allowPlaintext)
        #expect(service.allowHeaders.isEmpty && service.ownership == nil && service.testPath == nil)
        let capability = try #require(configuration.capabilities["c"])
        #expect(capability.timeToLive.seconds == 3600 && capability.mode == .proxy && !capability.requiresReason)
        #expect(capability.allow == nil && capability.deny == nil && capability.allowedAgents.isEmpty)
        #expect(capability.autoApprove == nil && capability.access == nil)
        #expect(configuration.server.defaultAccess == .open && configuration.server.defaultApproval == .automatic)
        #expect(!configuration.server.logBodies && !configuration.security.auditSync)
        #expect(configuration.warnings.isEmpty && !configuration.declaresProviders)
    }

    @Test("What is written is read")
    func values() throws {
        let configuration = try ConfigFixture.parse(
            """
            services:
              a:
                baseUrl: HTTPS://X.example:443/v1/
                auth: { type: bearer, key: { provider: LOCAL, path: t/k } }
                testPath: /me?x=1
                allowHeaders: [X-Tenant]
                limits: { connectTimeoutMs: 1, idleTimeoutMs: 2, timeoutMs: 3, maxRequestBytes: 4, maxResponseBytes: 5 }
                network: { allow: [10.1.0.0/16], allowPlaintext: true }
                ownership: { accessPolicy: shared, createdBy: ann, sharedWith: [bob], createdAt: "2026-01-01" }
            capabilities:
              c:
                service: a
                ttl: 5m
                autoApprove: false
                requiresReason: true
                allowedAgents: [ann, bob]
                access: restricted
                mode: exec
                allowCommands: [git]
                env: { TOKEN: "{{credential}}" }
                rules: { allow: [], deny: ["GET /x"] }
            server: { logBodies: true, defaultAccess: restricted, defaultApproval: ask, port: 1, host: h }
            security: { auditSync: true, masterKey: "${file:/k}" }
            """
        )
        let service = try #require(configuration.services["a"])
        #expect(service.baseURL.description == "https://x.example/v1")
        #expect(service.auth.secrets["key"]?.reference.path == "t/k")
        #expect(service.allowHeaders == ["x-tenant"])
        #expect(service.limits.connect == .milliseconds(1) && service.limits.idle == .milliseconds(2))
        #expect(service.limits.total == .milliseconds(3) && service.limits.maximumRequestBytes == 4)
        #expect(service.limits.maximumResponseBytes == 5 && service.network.allowPlaintext)
        #expect(service.network.allow.map(\.description) == ["10.1.0.0/16"])
        #expect(service.ownership?.policy == .shared && service.ownership?.sharedWith == ["bob"])
        let capability = try #require(configuration.capabilities["c"])
        #expect(capability.timeToLive.seconds == 300 && capability.autoApprove == false && capability.requiresReason)
        #expect(capability.allowedAgents == ["ann", "bob"] && capability.access == .restricted)
        #expect(capability.mode == .exec && capability.allowCommands == ["git"])
        #expect(capability.environmentNames == ["TOKEN"])
        #expect(capability.allow == [] && capability.deny == ["GET /x"])
        #expect(configuration.server.logBodies && configuration.server.defaultAccess == .restricted)
        #expect(configuration.server.defaultApproval == .ask && configuration.security.auditSync)
        guard case .template = configuration.security.masterKey else {
            Issue.record("masterKey is no template")
            return
        }
    }

    @Test(
        "Lifetimes have a unit and an end",
        arguments: [
            ("30s", 30), ("5m", 300), ("1h", 3600), ("7d", 604_800), ("25d", 2_160_000), ("3650d", 315_360_000),
            ("0s", nil), ("3651d", nil), ("1", nil), ("h", nil), ("1 h", nil), ("-1h", nil), ("1.5h", nil), ("1w", nil),
            ("99999999999999999999d", nil), ("9223372036854775807d", nil), ("１h", nil), ("", nil),
        ]
    )
    func lifetimes(text: String, seconds: Int?) {
        #expect(TimeToLive(text)?.seconds == seconds)
        #expect(seconds == nil || TimeToLive(text)?.description == text)
    }

    @Test(
        "Doubtful settings are warnings",
        arguments: [
            (
                service + "capabilities: { c: { service: a, rules: { deny: ['GET /x'] } } }",
                "capabilities.c.rules.deny", "everything that is not denied is allowed"
            ),
            (
                service + "capabilities: { c: { service: a, rules: { allow: ['GET /*'], deny: ['GET /x/*'] } } }",
                "capabilities.c.rules.deny", "does not cover 'GET /x' itself"
            ),
            ("server: { strictDecryption: false }", "server.strictDecryption", "no effect"),
            (
                "features: { providers: false }\nproviders: { x: { type: aws-secrets-manager, region: us-east-1, auth: { method: iam-role } } }",
                "features.providers", "no effect"
            ),
        ]
    )
    func warnings(yaml: String, field: String, text: String) throws {
        let warnings = try ConfigFixture.parse(yaml).warnings
        #expect(warnings.map(\.field) == [field])
        #expect(warnings.allSatisfy { $0.severity == .warning && $0.message.contains(text) })
    }

    @Test(
        "An address that the guard would refuse does not load",
        arguments: [
            ("http://x.example", "", false), ("http://x.example", "allowPlaintext: true", true),
            ("http://localhost:1", "", true), ("http://127.9.9.9", "", true), ("http://[::1]:8080", "", true),
            ("https://10.0.0.1", "", false), ("https://10.0.0.1", "allow: [10.0.0.0/8]", true),
            ("https://10.0.0.1", "allow: [10.0.0.0/32]", false),
            ("https://169.254.169.254", "allow: [169.254.0.0/16]", false),
            ("https://[fd00:ec2::254]", "allow: ['fc00::/7']", false), ("https://0.0.0.0", "", false),
            ("https://2130706433", "", false), ("https://x.example/?a", "", false), ("https://u@x.example", "", false),
        ]
    )
    func addresses(url: String, network: String, loads: Bool) {
        let yaml =
            "services: { a: { baseUrl: '\(url)', auth: { type: bearer, key: k }, network: { \(network) } } }"
        #expect(ConfigFixture.problems(yaml).isEmpty == loads, "\(ConfigFixture.messages(yaml))")
    }

    @Test("The home is JANEE_HOME, else .janee below the user's")
    func home() {
        #expect(JaneeHome(environment: nil, homeDirectory: "/home/u").path == "/home/u/.janee")
        #expect(JaneeHome(environment: "", homeDirectory: "/home/u").path == "/home/u/.janee")
        let home = JaneeHome(environment: "/srv/j/", homeDirectory: "/home/u")
        #expect(home.configFile == "/srv/j/config.yaml" && home.logsDirectory == "/srv/j/logs")
    }
}

@Suite("Loading the file")
struct ConfigurationFileTests {
    private func load(_ path: String) -> Result<Configuration, ConfigurationError> {
        Result { () throws(ConfigurationError) in try ConfigFixture.loader().load(path) }
    }

    @Test(
        "A file that others can write is refused, one that they can read is a warning",
        arguments: [
            (0o600, true, 0), (0o400, true, 0), (0o640, true, 1), (0o644, true, 1), (0o660, false, 1),
            (0o602, false, 1),
        ]
    )
    func modes(mode: Int, loads: Bool, problems: Int) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("services: {}", to: "config.yaml", mode: UInt32(mode))
        switch load(file) {
        case .success(let configuration):
            #expect(loads && configuration.warnings.count == problems)
        case .failure(let error):
            #expect(!loads && error.problems.count == problems)
            #expect(error.description.contains("chmod 600 \(file)"))
        }
    }

    @Test("A directory that others can write is refused, and named")
    func directory() throws {
        let directory = try TemporaryDirectory()
        let inner = try directory.makeDirectory("open", mode: 0o777)
        _ = try directory.write("services: {}", to: "open/config.yaml")
        guard case .failure(let error) = load("\(inner)/config.yaml") else {
            Issue.record("it loads")
            return
        }
        #expect(error.description.contains("chmod go-w \(inner)"))
        #expect(!error.isNotFound)
    }

    @Test("A missing file says what to do")
    func missing() throws {
        let directory = try TemporaryDirectory()
        guard case .failure(let error) = load(directory.path(of: "config.yaml")) else {
            Issue.record("it loads")
            return
        }
        #expect(error.isNotFound && error.description.contains("janee init"))
    }

    @Test("A directory in place of the file, and a file that is too large, are refused")
    func notAFile() throws {
        let directory = try TemporaryDirectory()
        let inner = try directory.makeDirectory("config.yaml")
        let large = try directory.write(String(repeating: "#", count: YAMLReader.maximumBytes + 1), to: "large.yaml")
        for path in [inner, large] {
            guard case .failure(let error) = load(path) else {
                Issue.record("\(path) loads")
                continue
            }
            #expect(!error.isNotFound)
        }
    }
}
