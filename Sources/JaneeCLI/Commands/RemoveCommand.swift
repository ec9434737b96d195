import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeTelemetry

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a service and the capabilities that use it",
        discussion: """
            Its secrets stay stored; remove them with 'janee secret delete'.

            EXAMPLES
              janee remove stripe
              janee remove stripe --yes --json
            """
    )

    @Argument(help: "The service.") var service: String
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let configuration = try Installation.load().runtime.configuration
            guard configuration.services[service] != nil else {
                throw CommandFailure.notFound("Service", service, among: configuration.services.keys)
            }
            let dependents = Self.dependents(of: service, in: configuration)
            if !yes {
                if !dependents.isEmpty {
                    let names = dependents.map { DisplayText.escaped($0) }.joined(separator: ", ")
                    StandardErrorLogHandler.write("These capabilities depend on it and go with it: \(names)\n")
                }
                let question = "Are you sure you want to remove service \"\(DisplayText.escaped(service))\"?"
                guard try Confirmation.ask(question) else { return .cancelled }
            }
            try ConfigurationChange.make { editor, configuration in
                for capability in Self.dependents(of: service, in: configuration) {
                    try editor.remove(["capabilities", capability])
                }
                try editor.remove(["services", service])
            }
            let message = "Service \"\(service)\" removed successfully"
            let more = dependents.isEmpty ? "" : " with \(dependents.count) dependent capability(ies)"
            return CommandOutput(
                json: [
                    "ok": true, "service": .string(service), "dependentCapabilities": .strings(dependents),
                    "message": .string(message),
                ],
                text: DisplayText.escaped(message + more),
                isCompact: true
            )
        }
    }

    private static func dependents(of service: String, in configuration: Configuration) -> [String] {
        configuration.capabilities.values.filter { $0.service == service }.map(\.name).sorted()
    }
}
