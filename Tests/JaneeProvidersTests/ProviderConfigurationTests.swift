import JaneeProviders
import JaneeSecrets
import Testing

@Suite("Configurations of provider types")
struct ProviderConfigurationTests {
    /// One configuration for each auth method of each type.
    static let configurations: [(type: String, values: [String: ConfigNode.Value])] = [
        ("hashicorp-vault", vault(["method": .string("token"), "token": .string("${VAULT_TOKEN}")])),
        (
            "hashicorp-vault",
            vault(["method": .string("approle"), "roleId": .string("role"), "secretId": .string("${file:/run/secret}")])
        ),
        ("hashicorp-vault", vault(["method": .string("kubernetes"), "role": .string("janee")])),
        (
            "hashicorp-vault",
            vault(["method": .string("aws"), "role": .string("janee"), "region": .string("eu-west-1")])
        ),
        ("aws-secrets-manager", ["region": .string("us-east-1"), "auth": .map(["method": .string("iam-role")])]),
        (
            "aws-secrets-manager",
            [
                "region": .string("us-east-1"),
                "auth": .map([
                    "method": .string("access-key"), "accessKeyId": .string("${AWS_ACCESS_KEY_ID}"),
                    "secretAccessKey": .string("${AWS_SECRET_ACCESS_KEY}"),
                ]),
            ]
        ),
        ("azure-key-vault", azure(["method": .string("managed-identity")])),
        (
            "azure-key-vault",
            azure([
                "method": .string("service-principal"), "tenantId": .string("t"), "clientId": .string("c"),
                "clientSecret": .string("${AZURE_CLIENT_SECRET}"),
            ])
        ),
    ]

    private static func vault(_ auth: [String: ConfigNode.Value]) -> [String: ConfigNode.Value] {
        ["address": .string("https://vault.example.com"), "auth": .map(auth)]
    }

    private static func azure(_ auth: [String: ConfigNode.Value]) -> [String: ConfigNode.Value] {
        ["vaultUrl": .string("https://name.vault.azure.net"), "auth": .map(auth)]
    }

    private func definition(_ type: String) throws -> any ProviderDefinition {
        try #require(BuiltinProviders.all.first { $0.type == type })
    }

    @Test("a complete configuration is accepted", arguments: configurations)
    func accepted(type: String, values: [String: ConfigNode.Value]) throws {
        #expect(try definition(type).problems(values) == [])
    }

    @Test("a field that is missing or unknown is refused", arguments: configurations)
    func refused(type: String, values: [String: ConfigNode.Value]) throws {
        let definition = try definition(type)
        for name in values.keys {
            var incomplete = values
            incomplete[name] = nil
            #expect(!definition.problems(incomplete).isEmpty, "without \(name)")
        }
        var excessive = values
        excessive["endpoint"] = .string("https://elsewhere.example.com")
        #expect(!definition.problems(excessive).isEmpty)
    }

    @Test("a credential of one auth method is refused in another")
    func foreignCredential() throws {
        let auth: [String: ConfigNode.Value] = [
            "method": .string("kubernetes"), "role": .string("janee"), "token": .string("x"),
        ]
        #expect(try definition("hashicorp-vault").problems(Self.vault(auth)).count == 1)
    }

    @Test(
        "each type names the command of its own tool, with the secret as one word",
        arguments: [
            ("hashicorp-vault", NativeAction.set, "vault kv put -mount=secret 'it'\\''s' value=-"),
            ("hashicorp-vault", .delete, "vault kv delete -mount=secret 'it'\\''s'"),
            ("hashicorp-vault", .list, "vault kv list -mount=secret"),
            (
                "aws-secrets-manager", .set,
                "aws secretsmanager put-secret-value --region us-east-1 --secret-id 'it'\\''s' --secret-string file:///dev/stdin"
            ),
            (
                "aws-secrets-manager", .delete,
                "aws secretsmanager delete-secret --region us-east-1 --secret-id 'it'\\''s'"
            ),
            ("aws-secrets-manager", .list, "aws secretsmanager list-secrets --region us-east-1"),
            (
                "azure-key-vault", .set,
                "az keyvault secret set --vault-name name --name 'it'\\''s' --file /dev/stdin --encoding utf-8"
            ),
            ("azure-key-vault", .delete, "az keyvault secret delete --vault-name name --name 'it'\\''s'"),
            ("azure-key-vault", .list, "az keyvault secret list --vault-name name"),
        ]
    )
    func nativeCommand(type: String, action: NativeAction, command: String) throws {
        let values = try #require(Self.configurations.first { $0.type == type }).values
        let section = try #require(ConfigSection.forTests(values))
        #expect(try definition(type).nativeCommand(action, path: "it's", configuration: section) == command)
    }

    @Test("every type is in the list once")
    func list() {
        let types = BuiltinProviders.all.map(\.type)
        #expect(
            types == [
                "filesystem", "hashicorp-vault", "openbao", "aws-secrets-manager", "azure-key-vault", "environment",
                "exec",
            ]
        )
    }
}
