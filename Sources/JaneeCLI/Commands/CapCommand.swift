import ArgumentParser

struct CapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cap",
        abstract: "List and change what agents may do",
        subcommands: [CapListCommand.self, CapAddCommand.self, CapEditCommand.self, CapRemoveCommand.self]
    )
}
