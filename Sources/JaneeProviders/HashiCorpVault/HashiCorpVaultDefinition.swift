import JaneeSecrets

/// `type: hashicorp-vault`: the configuration of RFC 0005, "Configuration Schema".
package struct HashiCorpVaultDefinition: ProviderDefinition, VaultDefinition {
    package let tool = "vault"

    package init() {}

    package var type: String { "hashicorp-vault" }
}
