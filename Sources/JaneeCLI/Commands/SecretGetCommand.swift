import ArgumentParser
import Crypto
import JaneeCore
import JaneeJSON
import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct SecretGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Look at a secret of any provider",
        discussion: """
            Prints length and fingerprint (the start of its SHA-256), which tell whether it is the expected one without \
            showing it. The access log has a line of it.

            EXAMPLES
              janee secret get stripe-api-key
              janee secret get stripe-api-key --reveal
            """
    )

    @Argument(help: "The name: a path, or provider://path.") var reference: String
    @Flag(help: "Print the value itself.") var reveal = false
    @Option(help: "The provider of a bare path.") var provider: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await output.print {
            let (target, value) = try await read()
            return reveal && !output.json ? Self.reveal(value) : describe(target, value)
        }
    }

    private func read() async throws(CommandFailure) -> (SecretTarget, SecretValue) {
        let installation = try Installation.loadForSecrets(log: log.open())
        let target = try SecretTarget(reference, provider: provider, in: installation)
        let value: Result<SecretValue, SecretError>
        do throws(SecretError) {
            value = .success(try await installation.runtime.secrets.getSecret(target.uri))
        } catch {
            value = .failure(error)
        }
        await installation.finish()
        switch value {
        case .success(let value): return (target, value)
        case .failure(let error): throw target.failure(error)
        }
    }

    /// The value alone, byte for byte; a line break follows on a terminal only.
    private static func reveal(_ value: SecretValue) -> CommandOutput {
        CommandOutput(raw: value.withBytes { Array($0) } + (StandardOutput.isTerminal ? [0x0A] : []))
    }

    private func describe(_ target: SecretTarget, _ value: SecretValue) -> CommandOutput {
        let fingerprint = String(value.withBytes { SHA256.hash(data: $0) }.hexadecimal.prefix(12))
        var json = target.json
        json["length"] = .number(JSONNumber(value.count))
        json["fingerprint"] = .string(fingerprint)
        if reveal {
            if let text = value.withBytes({ String(validating: $0, as: UTF8.self) }) {
                json["value"] = .string(text)
            } else {
                json["value"] = .string(value.withBytes { Data($0) }.base64EncodedString())
                json["valueEncoding"] = "base64"
            }
        }
        return CommandOutput(
            json: .object(json),
            text: """
                \(target.text)
                  length:      \(value.count) bytes
                  fingerprint: \(fingerprint)
                """,
            reveals: reveal
        )
    }
}
