import ArgumentParser

struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider",
        abstract: "Look at the places that hold secrets, and test them",
        discussion: """
            Providers are declared under 'providers:' in config.yaml. None of these commands shows a value.
            """,
        subcommands: [
            ProviderListCommand.self, ProviderHealthCommand.self, ProviderTestCommand.self, ProviderUsageCommand.self,
            ProviderRefreshCommand.self, ProviderConformanceCommand.self,
        ]
    )
}
