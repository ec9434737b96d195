import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeFiles
import JaneeJSON

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a home with a configuration and a master key",
        discussion: """
            Makes $JANEE_HOME (default ~/.janee) readable by its owner only. An existing configuration is left alone.

            EXAMPLES
              janee init
              JANEE_HOME=/srv/janee janee init
            """
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let home = ProcessEnvironment.home
            guard !RegularFile.exists(home.configFile) else {
                throw CommandFailure(
                    "Config already exists at: \(home.configFile)\nTo start fresh, remove the existing config:\n  rm \(home.configFile)"
                )
            }
            do throws(FileError) {
                try make(home)
            } catch {
                throw CommandFailure(error.description)
            }
            return CommandOutput(
                json: [
                    "ok": true, "configFile": .string(home.configFile), "logsDirectory": .string(home.logsDirectory),
                    "masterKeyFile": .string(home.masterKeyFile),
                ],
                text: """
                    Janee initialized.

                      Config file: \(home.configFile)
                      Master key:  \(home.masterKeyFile) (back it up; without it stored secrets cannot be read)
                      Audit log:   \(home.logsDirectory)

                    Next steps:
                      1. Store a secret:          janee secret set my-api-key --from-stdin
                      2. Add a service and a capability to the config file (its comments show how)
                      3. Check it:                janee config validate
                      4. Start the server:        janee serve
                    """,
                isCompact: true
            )
        }
    }

    private func make(_ home: JaneeHome) throws(FileError) {
        for directory in [home.path, home.credentialsDirectory, home.logsDirectory] {
            try RegularFile.makeDirectory(directory)
        }
        // The key first: a home with a configuration always has one. An existing key is never replaced.
        if !RegularFile.exists(home.masterKeyFile), !RegularFile.exists(home.credentialsFile) {
            try RegularFile.create(Array((MasterKey.generate() + "\n").utf8), at: home.masterKeyFile)
        }
        try RegularFile.create(Array(Self.template.utf8), at: home.configFile)
    }

    private static let template = """
        # Janee configuration. Check it with: janee config validate

        # Where secrets come from. Without this block they are encrypted files in the credentials directory beside this
        # file, stored with: janee secret set NAME --from-stdin
        # providers:
        #   local:
        #     type: filesystem
        #     path: ~/.janee/credentials

        # The APIs that agents may reach, and which secret each of them needs.
        services:
        #   stripe:
        #     baseUrl: https://api.stripe.com
        #     auth:
        #       type: bearer
        #       key: stripe-api-key

        # What agents may do with them.
        capabilities:
        #   stripe-read:
        #     service: stripe
        #     ttl: 1h
        #     rules:
        #       allow:
        #         - GET /v1/customers
        #         - GET /v1/customers/*

        # server:
        #   defaultAccess: restricted   # capabilities need allowedAgents or access: open

        """
}
