import ArgumentParser
import JaneeCore

/// The command line: a new command is a file in Commands and one line in the list below.
struct JaneeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "janee",
        abstract: "Secrets management for AI agents",
        discussion: """
            Janee stands between AI agents and APIs: an agent names a capability, Janee checks the policy, fetches the \
            credential, makes the call, scrubs the answer and writes the audit log. The agent never sees a key.

            Everything is kept in $JANEE_HOME (default ~/.janee).

            Exit codes: 0 success; 1 failed, denied or invalid; 64 wrong usage.

            EXAMPLES
              janee init                                   make a home
              janee secret set stripe-key --from-stdin     store a secret
              janee config validate                        check the configuration
              janee serve                                  serve agents over MCP
              janee demo                                   see it work
            """,
        version: JaneeVersion.current,
        subcommands: [
            InitCommand.self,
            AddCommand.self,
            ListCommand.self,
            RemoveCommand.self,
            CapCommand.self,
            SecretCommand.self,
            ProviderCommand.self,
            ConfigCommand.self,
            MigrateCommand.self,
            StatusCommand.self,
            OverviewCommand.self,
            WhoAmICommand.self,
            DiagnoseCommand.self,
            ServeCommand.self,
            LogsCommand.self,
            CompletionCommand.self,
            DemoCommand.self,
        ]
    )
}
