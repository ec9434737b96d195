import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeSecrets

struct SecretListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the secrets stored on this machine, never their values",
        discussion: """
            EXAMPLES
              janee secret list
              janee secret list --provider local --json
            """
    )

    @Option(help: "The filesystem provider to list; all of them if absent.") var provider: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let installation = try Installation.loadForSecrets()
            var rows: [(provider: String, reference: SecretReference)] = []
            for store in try stores(installation) {
                do throws(SecretError) {
                    rows += try await store.listSecrets().map { (store.name.spelling, $0) }
                } catch {
                    throw CommandFailure(error)
                }
            }
            let json = rows.map { row -> JSONValue in
                ["provider": .string(row.provider), "path": .string(row.reference.path)]
            }
            let text = rows.map { "\($0.provider)://\($0.reference.displayPath)" }.joined(separator: "\n")
            return CommandOutput(
                json: ["secrets": .array(json)],
                text: rows.isEmpty ? "No secrets are stored. Store one with: janee secret set NAME" : text
            )
        }
    }

    private func stores(_ installation: Installation) throws(CommandFailure) -> [any WritableSecretsProvider] {
        if let provider {
            guard let name = ProviderName(provider) else {
                throw CommandFailure(
                    "'--provider' is not a provider name",
                    code: SecretError.Code.providerNotFound.rawValue
                )
            }
            if let entry = installation.runtime.configuration.providers.first(where: { $0.name == name }),
                entry.type != "filesystem"
            {
                throw entry.readOnly(.list, path: "")
            }
            return [try store(name, installation)].compactMap(\.self)
        }
        var names = installation.runtime.configuration.providers.filter { $0.type == "filesystem" }.map(\.name)
        if installation.runtime.configuration.defaultProvider == nil { names.insert(.local, at: 0) }
        var stores: [any WritableSecretsProvider] = []
        for name in names {
            if let store = try store(name, installation) { stores.append(store) }
        }
        return stores
    }

    private func store(
        _ name: ProviderName,
        _ installation: Installation
    ) throws(CommandFailure) -> (any WritableSecretsProvider)? {
        do throws(SecretError) {
            return try installation.runtime.secrets.provider(name) as? any WritableSecretsProvider
        } catch {
            throw CommandFailure(error)
        }
    }
}
