import ArgumentParser
import JaneeConfig
import JaneeJSON
import JaneeTelemetry

struct ConfigSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a setting",
        discussion: """
            Only the line of the setting is touched; the version before is kept as config.yaml.bak.

            EXAMPLES
              janee config set server.defaultAccess restricted
              janee config set security.auditSync true
            """
    )

    @Argument(help: "The setting.") var key: String
    @Argument(help: "Its value.") var value: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let known = try ConfigurationKey.named(key)
            let new = try known.value(value)
            try ConfigurationChange.make { editor, _ in try editor.set(known.path, to: new) }
            let message = "Set \(known.name) = \(value)"
            let json: JSONValue =
                switch new {
                case .integer(let number): .number(JSONNumber(number))
                case .boolean(let truth): .bool(truth)
                default: .string(value)
                }
            return CommandOutput(
                json: ["ok": true, "key": .string(known.name), "value": json, "message": .string(message)],
                text: DisplayText.escaped(message),
                isCompact: true
            )
        }
    }
}
