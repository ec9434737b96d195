import JaneeConfig
import JaneeSecrets

/// The native command that does what Janee does not do with a remote provider.
enum RemoteHint {
    enum Action {
        case set
        case delete
        case list
    }

    static func text(for provider: ProviderEntry, _ reference: SecretReference?, _ action: Action) -> String {
        let start = "provider '\(provider.name)' is read-only here; "
        guard let command = command(for: provider, reference?.path ?? "", action) else {
            return start + "use the provider's own tools"
        }
        return start + "use its own tool:\n  \(command)"
    }

    private static func command(for provider: ProviderEntry, _ path: String, _ action: Action) -> String? {
        switch provider.type {
        case "hashicorp-vault":
            let mount = quoted(provider.section.string("mountPath") ?? "secret")
            switch action {
            case .set: return "vault kv put -mount=\(mount) \(quoted(path)) value=-"
            case .delete: return "vault kv delete -mount=\(mount) \(quoted(path))"
            case .list: return "vault kv list -mount=\(mount)"
            }
        case "aws-secrets-manager":
            let region = quoted(provider.section.string("region") ?? "")
            switch action {
            case .set:
                return
                    "aws secretsmanager put-secret-value --region \(region) --secret-id \(quoted(path)) --secret-string file:///dev/stdin"
            case .delete: return "aws secretsmanager delete-secret --region \(region) --secret-id \(quoted(path))"
            case .list: return "aws secretsmanager list-secrets --region \(region)"
            }
        case "azure-key-vault":
            let url = provider.section.string("vaultUrl") ?? ""
            let vault = quoted(String(url.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "." }))
            switch action {
            case .set:
                return
                    "az keyvault secret set --vault-name \(vault) --name \(quoted(path)) --file /dev/stdin --encoding utf-8"
            case .delete: return "az keyvault secret delete --vault-name \(vault) --name \(quoted(path))"
            case .list: return "az keyvault secret list --vault-name \(vault)"
            }
        default: return nil
        }
    }

    /// The text as one word of a shell.
    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { PercentEncoding.isUnreserved($0) || $0 == UInt8(ascii: "/") }
        return isPlain
            ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
