import ArgumentParser
import JaneeCore
import JaneeJSON
public import JaneeSecrets
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The program `janee`, for its own executable and for those that add providers.
///
/// A package of its own can import `JaneeCLI`, append its provider definitions and build its own `janee`:
///
///     await JaneeProgram.main(providers: [MyProviderDefinition()])
public enum JaneeProgram {
    /// The types that configurations may use in this process.
    @TaskLocal static var extensions = JaneeRuntime.Extensions.builtin

    /// Runs the command that the process was started with, and ends the process.
    ///
    /// - Parameter providers: Provider types to offer beside the built-in ones.
    public static func main(providers: [any ProviderDefinition] = []) async {
        // A client that goes away must not end the process before its records are written.
        signal(SIGPIPE, SIG_IGN)
        var extensions = JaneeRuntime.Extensions.builtin
        extensions.providers += providers
        await $extensions.withValue(extensions) {
            await run(Array(CommandLine.arguments.dropFirst()))
        }
    }

    private static func run(_ arguments: [String]) async {
        do {
            var command = try JaneeCommand.parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let code = JaneeCommand.exitCode(for: error)
            let text = JaneeCommand.fullMessage(for: error)
            if !text.isEmpty {
                let line = Array("\(ArgumentRedaction.apply(to: text, arguments))\n".utf8)
                if code.isSuccess {
                    StandardOutput.write(line)
                } else {
                    StandardErrorLogHandler.write(String(decoding: line, as: UTF8.self))
                    if arguments.contains("--json") {
                        let short = ArgumentRedaction.apply(to: JaneeCommand.message(for: error), arguments)
                        let answer: JSONValue = ["ok": false, "error": .string(short), "code": "USAGE"]
                        StandardOutput.write(Array((OutputText.json(answer) + "\n").utf8))
                    }
                }
            }
            exit(code.rawValue)
        }
    }
}
