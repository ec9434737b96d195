import JaneeSecrets

/// `type: openbao`: the same fields and the same protocol as Vault, from which OpenBao was forked.
package struct OpenBaoDefinition: ProviderDefinition, VaultDefinition {
    package let tool = "bao"

    package init() {}

    package var type: String { "openbao" }
}
