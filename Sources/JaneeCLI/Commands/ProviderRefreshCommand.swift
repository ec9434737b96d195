import ArgumentParser
import JaneeConfig
import JaneeFiles
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry

struct ProviderRefreshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Have running servers ask providers anew",
        discussion: """
            Every server of this home forgets the values that it keeps of the provider ('cache') and that references of it \
            have failed, before the next read. Use it after a secret was changed or a permission granted.

            EXAMPLES
              janee provider refresh
              janee provider refresh prodVault
            """
    )

    @Argument(help: "The provider; all if absent.") var provider: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let installation = try Installation.load()
            let selected = try ProviderSelection.named(provider, in: installation)
            do throws(FileError) {
                let home = try DirectoryHandle(path: installation.home.path)
                guard let directory = try home.directory(JaneeHome.refreshName, create: true) else {
                    throw FileError("open", installation.home.path, refusal: "it has no directory 'refresh'")
                }
                for provider in selected {
                    let content = Array("\(UTCTimestamp.text(WallClock.milliseconds))\n".utf8)
                    try directory.write(content, to: provider.name.folded)
                }
            } catch {
                throw CommandFailure("the servers cannot be told: \(error)")
            }
            let names = selected.map(\.name.spelling)
            return CommandOutput(
                json: ["ok": true, "refreshed": .array(names.map { .string($0) })],
                text: "Running servers ask anew: \(names.joined(separator: ", "))",
                isCompact: true
            )
        }
    }
}
