import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeSecrets

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Move the secrets of Janee 0.16 into a provider",
        discussion: """
            A home of Janee 0.16 keeps secrets in credentials.json, or inline in config.yaml, and works as it is. This \
            moves them: each is copied and read back, then config.yaml refers to the copy. A provider on another machine \
            is not written: the commands of its own tool are printed, and what is there is compared by reading it.

            Without --apply nothing is changed. It may be run as often as you like and goes on where it ended. The old \
            values stay in credentials.json until --remove-old; inline ones are replaced by the reference, and stay in \
            config.yaml.bak until the next change.

            EXAMPLES
              janee migrate
              janee migrate --apply
              janee migrate --to prodVault --service stripe --apply
              janee migrate --apply --remove-old
            """
    )

    @Option(help: "The provider; the local store if absent.") var to = "local"
    @Option(help: ArgumentHelp("Only this service; may be repeated.", valueName: "name")) var service: [String] = []
    @Flag(help: "Do it.") var apply = false
    @Flag(help: "Remove the old values of services that read from the provider.") var removeOld = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard apply || !removeOld else { throw ValidationError("--remove-old needs --apply.") }
    }

    func run() async throws {
        try await output.print {
            let installation = try Installation.loadForSecrets()
            guard let name = ProviderName(to) else { throw CommandFailure("--to is not a provider name") }
            let provider: any SecretsProvider
            do throws(SecretError) {
                provider = try installation.runtime.secrets.provider(name)
            } catch {
                throw CommandFailure(error)
            }
            do {
                let output = try await migrate(to: provider, installation)
                await installation.finish()
                return output
            } catch {
                await installation.finish()
                throw error
            }
        }
    }

    private func migrate(to provider: any SecretsProvider, _ installation: Installation) async throws -> CommandOutput {
        var migration = try await Migration(to: provider, services: service, in: installation)
        var moved: Set<String> = []
        if apply {
            try await migration.copy(in: installation)
            moved = try refer(to: migration)
        }
        let removed = try await removeOld ? remove() : 0
        return report(migration, installation, moved: moved, removed: removed)
    }

    /// Has the services whose secrets are all in the provider read them there.
    ///
    /// - Returns: Those services; not among them are any that somebody else has changed meanwhile.
    private func refer(to migration: Migration) throws -> Set<String> {
        var services = Set(migration.completeServices)
        guard !services.isEmpty else { return [] }
        try ConfigurationChange.make { editor, now in
            for item in migration.items
            where now.services[item.service]?.auth.secrets[item.field] != item.source { services.remove(item.service) }
            for item in migration.items where services.contains(item.service) {
                try editor.set(item.configurationPath, to: .text(item.target.description))
            }
        }
        return services
    }

    /// Removes the values of credentials.json that services read elsewhere.
    private func remove() async throws(CommandFailure) -> Int {
        // What counts is the configuration as it is now.
        let installation = try Installation.load()
        let old = await Migration.copied(services: service, in: installation)
        await installation.finish()
        do throws(LegacyCredentialsError) {
            return try LegacyCredentials.remove(old, from: installation.home.credentialsFile)
        } catch {
            throw CommandFailure(error.description)
        }
    }

    private func report(
        _ migration: Migration,
        _ installation: Installation,
        moved done: Set<String>,
        removed: Int
    ) -> CommandOutput {
        let entry = installation.runtime.configuration.providers.first { $0.name == migration.provider.name }
        let isWritable = migration.provider is any WritableSecretsProvider
        var lines: [String] = []
        var rows: [JSONValue] = []
        for item in migration.items {
            let isDone = done.contains(item.service)
            let path = item.target.description
            let state = isDone ? "moved" : item.state.rawValue
            lines.append("\(item.service) (\(item.field)) → \(path): \(Self.words(state))")
            var row: JSONObject = [
                "service": .string(item.service), "field": .string(item.field), "target": .string(path),
                "state": .string(state),
            ]
            if !isWritable, item.state != .copied {
                let command = entry.flatMap { entry in
                    entry.definition.nativeCommand(
                        .set,
                        path: item.target.reference.path,
                        configuration: entry.section
                    )
                }
                row["command"] = command.map { .string($0) }
                lines.append("  store it with: \(command ?? "the provider's own tool")")
            }
            rows.append(.object(row))
        }
        let open = migration.items.contains { !done.contains($0.service) }
        if migration.items.isEmpty { lines.append("No service reads a secret of Janee 0.16.") }
        if removed > 0 { lines.append("\(removed) old value(s) were removed from credentials.json.") }
        if !apply, open { lines.append("Nothing was changed. Go on with: janee migrate --apply") }
        return CommandOutput(
            json: [
                "ok": .bool(!apply || !open), "applied": .bool(apply), "removed": .number(JSONNumber(removed)),
                "secrets": .array(rows),
            ],
            text: lines.joined(separator: "\n"),
            exitCode: apply && open ? .failure : .success
        )
    }

    private static func words(_ state: String) -> String {
        switch state {
        case "missing": "to be copied"
        case "copied": "copied, not referred to yet"
        case "different": "another value is there; remove it, or choose another provider"
        default: state
        }
    }
}
