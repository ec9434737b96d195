import ArgumentParser

struct SecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "Store, look at and remove secrets",
        discussion: """
            A secret is named by a path in the default filesystem provider (stripe-api-key) or by provider://path. Values \
            never appear in arguments, where other processes could read them.
            """,
        subcommands: [
            SecretSetCommand.self, SecretGetCommand.self, SecretListCommand.self, SecretDeleteCommand.self,
            SecretParseCommand.self,
        ]
    )
}
