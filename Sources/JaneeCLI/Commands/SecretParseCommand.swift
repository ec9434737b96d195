import ArgumentParser
import JaneeCore
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry

struct SecretParseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Show how a secret reference is read, without asking any provider",
        discussion: """
            EXAMPLES
              janee secret parse vault://my-app/config%2Fspecial --json
            """
    )

    @Argument(help: "The reference.") var reference: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            do throws(SecretError) {
                let uri = try SecretURI(parsing: reference)
                return CommandOutput(
                    json: ["provider": .string(uri.provider.folded), "path": .string(uri.reference.path)],
                    text: """
                        provider: \(uri.provider.folded)
                        path:     \(DisplayText.escaped(uri.reference.path))
                        """
                )
            } catch {
                throw CommandFailure(error)
            }
        }
    }
}
