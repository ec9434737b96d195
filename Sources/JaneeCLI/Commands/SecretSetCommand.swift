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
            let (target, store) = try SecretTarget.writable(name, provider: provider, action: .set, in: installation)
            guard let source = ValueSource(stdin: fromStdin, variable: fromEnv, file: fromFile) else {
                throw CommandFailure(
                    "Give the value with --from-stdin, --from-env or --from-file; without a terminal there is no prompt."
                )
            }
            if dryRun {
                // The name may be a key in the wrong place; it is repeated only once it is stored.
                return CommandOutput(
                    json: ["ok": true, "provider": .string(store.name.spelling), "dryRun": true],
                    text: "Would store a secret in provider \(store.name)",
                    isCompact: true
                )
            }
            let value = try source.read()
            let audit = SecretAudit(event: "secret_set", target: target)
            try await installation.finishing {
                try await audit.record(in: installation) { () throws(SecretError) in
                    try await store.setSecret(target.uri.reference, value: value)
                }
            }
            var json: JSONObject = ["ok": true]
            for (key, value) in target.json { json[key] = value }
            return CommandOutput(json: .object(json), text: "Stored \(target.text)", isCompact: true)
        }
    }
}
