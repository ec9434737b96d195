import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON

struct CapRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a capability",
        discussion: """
            EXAMPLES
              janee cap remove stripe-read
              janee cap remove stripe-read --yes --json
            """
    )

    @Argument(help: "The name.") var name: String
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let configuration = try Installation.load().runtime.configuration
            guard configuration.capabilities[name] != nil else {
                throw CommandFailure.notFound("Capability", name, among: configuration.capabilities.keys)
            }
            if !yes {
                guard try Confirmation.ask("Are you sure you want to remove capability \"\(name)\"?") else {
                    return .cancelled
                }
            }
            try ConfigurationChange.make { editor, _ in try editor.remove(["capabilities", name]) }
            let message = "Capability \"\(name)\" removed successfully"
            return CommandOutput(
                json: ["ok": true, "capability": .string(name), "message": .string(message)],
                text: message,
                isCompact: true
            )
        }
    }
}

extension CommandOutput {
    /// Somebody answered a question with no.
    static var cancelled: CommandOutput {
        CommandOutput(json: ["ok": true, "cancelled": true], text: "Cancelled", isCompact: true)
    }
}
