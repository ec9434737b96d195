import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeSecrets

struct ProviderListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the providers and the services that use them",
        discussion: """
            EXAMPLES
              janee provider list
              janee provider list --json
            """
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let installation = try Installation.load(optional: true)
            let rows = ProviderSelection.all(in: installation)
                .map { provider in
                    let uses = installation.uses(of: provider)
                    return (provider, services: uses.map(\.service).uniqued(), references: uses.count)
                }
            let json = rows.map { provider, services, references -> JSONValue in
                [
                    "name": .string(provider.name.spelling), "type": .string(provider.type),
                    "services": .array(services.map { .string($0) }), "references": .number(JSONNumber(references)),
                ]
            }
            let text = rows.map { provider, services, _ in
                "\(provider.name) (\(provider.type)): \(services.isEmpty ? "not used" : services.joined(separator: ", "))"
            }
            return CommandOutput(json: ["providers": .array(json)], text: text.joined(separator: "\n"))
        }
    }
}
