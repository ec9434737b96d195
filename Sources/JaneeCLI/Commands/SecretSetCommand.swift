import ArgumentParser
import JaneeCore
import JaneeFiles
import JaneeJSON
import JaneeProviders
import JaneeSecrets
import JaneeTelemetry

struct SecretSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Store a secret",
        discussion: """
            The value comes from standard input, a file or an environment variable, or from a prompt without echo; one \
            line break at its end is dropped. An earlier value is replaced.

            EXAMPLES
              janee secret set stripe-api-key --from-stdin < key.txt
              janee secret set stripe-api-key --from-env STRIPE_KEY
              janee secret set team/github-token
            """
    )

    @Argument(help: "The name: a path, or provider://path.") var name: String
    @Flag(help: "Read the value from standard input.") var fromStdin = false
    @Option(help: "Read the value from this environment variable.") var fromEnv: String?
    @Option(help: "Read the value from this file.") var fromFile: String?
    @Option(help: "The filesystem provider to store it in.") var provider: String?
    @Flag(help: "Only say what would be done.") var dryRun = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard [fromStdin, fromEnv != nil, fromFile != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("Use only one of --from-stdin, --from-env and --from-file.")
        }
    }

    func run() async throws {
        try await output.print {
            let installation = try Installation.loadForSecrets()
            let (uri, store) = try SecretTarget.writable(name, provider: provider, action: .set, in: installation)
            guard let source = ValueSource(stdin: fromStdin, variable: fromEnv, file: fromFile) else {
                throw CommandFailure(
                    "Give the value with --from-stdin, --from-env or --from-file; without a terminal there is no prompt."
                )
            }
            if dryRun { return Self.output("Would store", uri, store, ["dryRun": true]) }
            let value = try source.read()
            try await SecretAudit.record("secret_set", uri.reference, store, installation) { () throws(SecretError) in
                try await store.setSecret(uri.reference, value: value)
            }
            return Self.output("Stored", uri, store, [:])
        }
    }

    private static func output(
        _ verb: String,
        _ uri: SecretURI,
        _ store: any SecretsProvider,
        _ more: JSONObject
    ) -> CommandOutput {
        var json: JSONObject = ["ok": true]
        for (key, value) in SecretTarget.json(store, uri.reference) { json[key] = value }
        for (key, value) in more { json[key] = value }
        return CommandOutput(
            json: .object(json),
            text: "\(verb) \(uri.reference.displayPath) in provider \(store.name)",
            isCompact: true
        )
    }
}

/// Records a change of the store: before it is made, and once more if it then fails.
enum SecretAudit {
    static func record<Result>(
        _ event: String,
        _ reference: SecretReference,
        _ store: any SecretsProvider,
        _ installation: Installation,
        _ change: () async throws(SecretError) -> Result
    ) async throws(CommandFailure) -> Result {
        let audit = try installation.openAudit { StandardErrorLogHandler.write("janee: \($0)\n") }
        var record = AuditRecord(phase: .event, service: "", method: "", path: "", event: event)
        record.details = ["provider": store.name.spelling, "path": reference.displayPath, "by": "cli"]
        do throws(AuditError) {
            _ = try await audit.append(record)
        } catch {
            throw CommandFailure(
                "Nothing was changed, because it could not be recorded: \(error)",
                code: "AUDIT_UNAVAILABLE"
            )
        }
        do throws(SecretError) {
            let result = try await change()
            await audit.close()
            return result
        } catch {
            record.id = AuditRecord.makeID()
            record.event = "\(event)_failed"
            record.error = error.code.rawValue
            _ = try? await audit.append(record)
            await audit.close()
            throw CommandFailure(error)
        }
    }
}
