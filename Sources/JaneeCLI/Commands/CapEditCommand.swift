import ArgumentParser
import JaneeConfig
import JaneeJSON

struct CapEditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change a capability",
        discussion: """
            Only the lines of what is changed are touched; comments and order stay, and the version before is kept as \
            config.yaml.bak.

            EXAMPLES
              janee cap edit stripe-read --ttl 30m
              janee cap edit stripe-read --allow 'GET /v1/customers/*' --clear-agents
            """
    )

    @Argument(help: "The name.") var name: String
    @OptionGroup var options: CapabilityOptions
    @Flag(help: "Remove all rules.") var clearRules = false
    @Flag(help: "Remove the list of agents.") var clearAgents = false
    @Flag(help: "Remove the access setting.") var clearAccess = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let conflicts = [
            (clearRules && !(options.allow.isEmpty && options.deny.isEmpty), "--allow or --deny", "--clear-rules"),
            (clearAgents && !options.allowedAgents.isEmpty, "--allowed-agents", "--clear-agents"),
            (clearAccess && options.access != nil, "--access", "--clear-access"),
        ]
        for (isConflict, one, other) in conflicts where isConflict {
            throw ValidationError("Conflicting options: \(one) and \(other) cannot be used together.")
        }
    }

    func run() async throws {
        try await output.print {
            let fields = try options.fields()
            let cleared = [(clearRules, "rules"), (clearAgents, "allowedAgents"), (clearAccess, "access")]
                .compactMap { $0.0 ? $0.1 : nil }
            guard !fields.isEmpty || !cleared.isEmpty else {
                throw CommandFailure("No changes specified. See `janee cap edit --help` for options.")
            }
            try ConfigurationChange.make { editor, configuration in
                guard configuration.capabilities[name] != nil else {
                    throw CommandFailure.notFound("Capability", name, among: configuration.capabilities.keys)
                }
                for field in cleared { try editor.remove(["capabilities", name, field]) }
                for (path, value) in fields { try editor.set(["capabilities", name] + path, to: value) }
            }
            return CommandOutput(
                json: [
                    "ok": true, "capability": .string(name), "message": .string("Updated capability \"\(name)\""),
                ],
                text: "Updated capability \"\(name)\"",
                isCompact: true
            )
        }
    }
}
