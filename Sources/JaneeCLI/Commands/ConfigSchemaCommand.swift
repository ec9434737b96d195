import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON

struct ConfigSchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print a JSON Schema of config.yaml, with which editors complete and check",
        discussion: """
            The schema is made of the definitions by which the file is read. No file is looked at.

            EXAMPLES
              janee config schema > ~/.janee/janee.schema.json
              and as the first line of config.yaml:
              # yaml-language-server: $schema=./janee.schema.json
            """
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let schema = ConfigurationSchema(JaneeProgram.extensions).jsonSchema
            return CommandOutput(json: schema, text: schema.serialized(pretty: true))
        }
    }
}
