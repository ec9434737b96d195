import ArgumentParser
import JaneeConfig
import JaneeJSON

struct CapAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a capability",
        discussion: """
            EXAMPLES
              janee cap add stripe-read --service stripe --allow 'GET /v1/customers' 'GET /v1/customers/*'
              janee cap add stripe-refund -s stripe --allow 'POST /v1/refunds' --requires-reason --allowed-agents alice
            """
    )

    @Argument(help: "The name.") var name: String
    @Option(name: .shortAndLong, help: "The service it uses.") var service: String
    @OptionGroup var options: CapabilityOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let timeToLive = options.ttl ?? TimeToLive.oneHour.description
            try ConfigurationChange.make { editor, configuration in
                guard configuration.capabilities[name] == nil else {
                    throw CommandFailure(
                        "Capability \"\(name)\" already exists. Use 'janee cap edit' to modify it.",
                        code: "EXISTS"
                    )
                }
                guard configuration.services[service] != nil else {
                    throw CommandFailure.notFound("Service", service, among: configuration.services.keys)
                }
                let fixed = [YAMLValue.Entry("service", .text(service)), YAMLValue.Entry("ttl", .text(timeToLive))]
                try editor.set(["capabilities", name], to: .map(fixed))
                for (path, value) in try options.fields() where path != ["ttl"] {
                    try editor.set(["capabilities", name] + path, to: value)
                }
            }
            return CommandOutput(
                json: [
                    "ok": true, "capability": .string(name), "service": .string(service), "ttl": .string(timeToLive),
                    "message": .string("Added capability \"\(name)\""),
                ],
                text: "Added capability \"\(name)\"",
                isCompact: true
            )
        }
    }
}
