import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the services and capabilities",
        discussion: """
            EXAMPLES
              janee list
              janee list --json
            """
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let configuration = try Installation.load().runtime.configuration
            let services = configuration.services.values.sorted { $0.name < $1.name }
            let capabilities = configuration.capabilities.values.sorted { $0.name < $1.name }
            var lines: [String] = []
            if services.isEmpty {
                lines.append("No services configured yet. Add one with: janee add NAME")
            } else {
                lines.append("Services:")
                for service in services {
                    lines += ["  \(service.name)", "    URL: \(service.baseURL)", "    Auth: \(service.auth.type)"]
                }
            }
            if !capabilities.isEmpty {
                lines.append("Capabilities:")
                lines += capabilities.map { capability in
                    let rules = "[\(capability.allow?.count ?? 0) allow, \(capability.deny?.count ?? 0) deny]"
                    return "  \(capability.name) → \(capability.service) (ttl: \(capability.timeToLive)) \(rules)"
                }
            }
            return CommandOutput(
                json: [
                    "services": .array(services.map(Self.json)), "capabilities": .array(capabilities.map(Self.json)),
                ],
                text: lines.map { DisplayText.escaped($0) }.joined(separator: "\n")
            )
        }
    }

    private static func json(_ service: Service) -> JSONValue {
        [
            "name": .string(service.name), "baseUrl": .string(service.baseURL.description),
            "authType": .string(service.auth.type),
        ]
    }

    private static func json(_ capability: Capability) -> JSONValue {
        [
            "name": .string(capability.name), "service": .string(capability.service),
            "ttl": .string(capability.timeToLive.description),
            "allowRules": .number(JSONNumber(capability.allow?.count ?? 0)),
            "denyRules": .number(JSONNumber(capability.deny?.count ?? 0)),
        ]
    }
}
