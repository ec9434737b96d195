import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeSecrets
import JaneeSecretsTesting

struct ProviderConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Test whether a provider keeps the promises of all providers",
        discussion: """
            For those who write a plug-in: reads secrets many times, at the same time and cancelled, asks for ones that do \
            not exist, ends the provider and looks for values in every error. It reads what services need from the \
            provider, or what --existing names. Nothing is written. Exits with 1 if a promise is not kept.

            EXAMPLES
              janee provider conformance keyring
              janee provider conformance keyring --existing team/stripe --missing team/no-such-secret
            """
    )

    @Argument(help: "The provider.") var provider: String
    @Option(help: ArgumentHelp("The path of a secret that is there; may be repeated.", valueName: "path"))
    var existing: [String] = []
    @Option(help: ArgumentHelp("A path where no secret is; may be repeated.", valueName: "path"))
    var missing: [String] = []
    @Option(help: ArgumentHelp("How long one test may take.", valueName: "seconds")) var patience = 30
    @OptionGroup var output: OutputOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await output.print {
            guard (1...3600).contains(patience) else {
                throw CommandFailure("--patience must be from 1 to 3600 seconds")
            }
            let installation = try Installation.load(log: log.open())
            guard let selected = try ProviderSelection.named(provider, in: installation).first,
                let entry = installation.runtime.configuration.providers.first(where: { $0.name == selected.name })
            else { throw CommandFailure("the provider is not declared in the configuration") }
            let existing = try references(existing)
            let missing = try references(missing.isEmpty ? ["janee-conformance-missing"] : missing)
            let used = await usedReferences(of: selected, in: installation)
            let tests = ProviderConformanceTests(
                existing: (existing.isEmpty ? used : existing).map { .init($0) },
                missing: missing,
                patience: .seconds(patience),
                makeProvider: { [context = installation.context] in
                    try entry.definition.makeProvider(
                        name: entry.name,
                        configuration: entry.section,
                        context: context
                    )
                }
            )
            let results = await tests.run()
            await installation.finish()
            let failed = results.count { !$0.passed }
            let skipped = results.count(where: \.skipped)
            return CommandOutput(
                json: [
                    "ok": .bool(failed == 0), "provider": .string(selected.name.spelling),
                    "results": .array(results.map(Self.json)),
                ],
                text: (results.map(\.description) + [
                    "\(results.count - failed - skipped) passed, \(failed) failed, \(skipped) skipped"
                ])
                .joined(separator: "\n"),
                exitCode: failed == 0 ? .success : .failure
            )
        }
    }

    /// What services need; bare references only where they are known to be stored, because they may be pasted keys.
    private func usedReferences(of provider: ProviderSelection, in installation: Installation) async
        -> [SecretReference]
    {
        var references: [SecretReference] = []
        for use in installation.uses(of: provider) {
            if use.uri.form == .bare {
                guard (try? await installation.runtime.secrets.probe(use.uri)) == true else { continue }
            }
            references.append(use.uri.reference)
        }
        return references.uniqued()
    }

    private func references(_ paths: [String]) throws(CommandFailure) -> [SecretReference] {
        do throws(SecretError) {
            return try paths.map { path throws(SecretError) in try SecretReference(path: path) }
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func json(_ result: ProviderConformanceTests.Result) -> JSONValue {
        [
            "name": .string(result.name),
            "outcome": .string(result.verdict),
            "message": .string(result.message),
        ]
    }
}
