import ArgumentParser
import JaneeCore
import JaneeJSON
import JaneeSecrets

struct SecretDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a secret from this machine",
        discussion: """
            EXAMPLES
              janee secret delete stripe-api-key --provider local
              janee secret delete stripe-api-key --yes
            """
    )

    @Argument(help: "The name: a path, or provider://path.") var name: String
    @Option(help: "The filesystem provider to remove it from.") var provider: String?
    @Flag(help: "Only say what would be done.") var dryRun = false
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let installation = try Installation.loadForSecrets()
            let (uri, store) = try SecretTarget.writable(name, provider: provider, action: .delete, in: installation)
            guard try await exists(uri, store) else {
                let error = SecretError(.secretNotFound, "no such secret is stored", provider: store.name.spelling)
                throw CommandFailure(error)
            }
            var json: JSONObject = ["ok": true]
            for (key, value) in SecretTarget.json(store, uri.reference) { json[key] = value }
            let subject = "\(uri.reference.displayPath) in provider \(store.name)"
            if dryRun {
                json["dryRun"] = true
                return CommandOutput(json: .object(json), text: "Would delete \(subject)", isCompact: true)
            }
            if !yes {
                guard try Confirmation.ask("Delete \(subject)? This cannot be undone.") else {
                    json["deleted"] = false
                    return CommandOutput(json: .object(json), text: "Cancelled", isCompact: true)
                }
            }
            _ = try await SecretAudit.record("secret_delete", uri.reference, store, installation) {
                () throws(SecretError) in
                try await store.deleteSecret(uri.reference)
            }
            json["deleted"] = true
            return CommandOutput(json: .object(json), text: "Deleted \(subject)", isCompact: true)
        }
    }

    private func exists(_ uri: SecretURI, _ store: any SecretsProvider) async throws(CommandFailure) -> Bool {
        do throws(SecretError) {
            return try await store.probe(uri.reference) ?? true
        } catch {
            throw CommandFailure(uri.form == .bare ? error.withholdingPath() : error)
        }
    }
}
