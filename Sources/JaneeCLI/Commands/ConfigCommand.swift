import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Work with the configuration",
        subcommands: [
            ConfigValidateCommand.self, ConfigGetCommand.self, ConfigSetCommand.self, ConfigShowCommand.self,
            ConfigSchemaCommand.self,
        ]
    )
}
