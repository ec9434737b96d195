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
            let (target, store) = try SecretTarget.writable(name, provider: provider, action: .delete, in: installation)
            guard try await exists(target) else {
                let error = SecretError(.secretNotFound, "no such secret is stored", provider: store.name.spelling)
                throw CommandFailure(error)
            }
            var json: JSONObject = ["ok": true]
            for (key, value) in target.json { json[key] = value }
            if dryRun {
                json["dryRun"] = true
                return CommandOutput(json: .object(json), text: "Would delete \(target.text)", isCompact: true)
            }
            if !yes {
                guard try Confirmation.ask("Delete \(target.text)? This cannot be undone.") else {
                    json["deleted"] = false
                    return CommandOutput(json: .object(json), text: "Cancelled", isCompact: true)
                }
            }
            let audit = SecretAudit(event: "secret_delete", target: target)
            try await audit.record(in: installation) { () throws(SecretError) in
                guard try await store.deleteSecret(target.uri.reference) else {
                    throw SecretError(.secretNotFound, "another process has removed it", provider: store.name.spelling)
                }
            }
            json["deleted"] = true
            return CommandOutput(json: .object(json), text: "Deleted \(target.text)", isCompact: true)
        }
    }

    private func exists(_ target: SecretTarget) async throws(CommandFailure) -> Bool {
        do throws(SecretError) {
            return try await target.provider.probe(target.uri.reference) ?? true
        } catch {
            throw target.failure(error)
        }
    }
}
