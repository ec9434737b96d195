import ArgumentParser
import JaneeConfig
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry

struct ConfigGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show a setting, or all of them",
        discussion: """
            EXAMPLES
              janee config get
              janee config get server.defaultAccess
            """
    )

    @Argument(help: "The setting; all of them if absent.") var key: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let root = try ConfigurationChange.read().root
            guard let key else {
                var json: JSONObject = [:]
                var lines: [String] = []
                for key in ConfigurationKey.all {
                    let value = Self.value(of: key, in: root)
                    json[key.name] = value
                    lines.append("  \(key.name) = \(value.map(Self.text) ?? "(not set)")")
                }
                return CommandOutput(json: .object(json), text: lines.joined(separator: "\n"))
            }
            let known = try ConfigurationKey.named(key)
            let value = Self.value(of: known, in: root)
            var json: JSONObject = ["key": .string(known.name)]
            json["value"] = value
            return CommandOutput(
                json: .object(json),
                text: "\(known.name) = \(value.map(Self.text) ?? "(not set)")",
                isCompact: true
            )
        }
    }

    private static func value(of key: ConfigurationKey, in root: ConfigNode) -> JSONValue? {
        switch root.node(at: key.path)?.value {
        case .string(let text): .string(text)
        case .integer(let number): .number(JSONNumber(number))
        case .boolean(let truth): .bool(truth)
        default: nil
        }
    }

    private static func text(_ value: JSONValue) -> String {
        DisplayText.escaped(value.stringValue ?? value.serialized())
    }
}
