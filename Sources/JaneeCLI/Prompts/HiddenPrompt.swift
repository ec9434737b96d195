import JaneeSecrets
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Asks for a value on the terminal without showing what is typed.
enum HiddenPrompt {
    static func ask(_ question: String) throws(CommandFailure) -> SecretValue {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { throw CommandFailure("There is no terminal to ask at.") }
        let original = settings
        settings.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) == 0 else {
            throw CommandFailure("The terminal cannot hide what is typed; use --from-stdin.")
        }
        defer {
            var original = original
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &original)
            StandardErrorLogHandler.write("\n")
        }
        StandardErrorLogHandler.write(question)
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            throw CommandFailure("No value was given.")
        }
        return SecretValue(line)
    }
}

/// Asks a question that is answered with yes or no.
enum Confirmation {
    /// Whether the person at the terminal agrees; without a terminal `--yes` is needed.
    static func ask(_ question: String) throws(CommandFailure) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure("Confirm with --yes; without a terminal nobody can be asked.")
        }
        StandardErrorLogHandler.write("\(question) (y/N): ")
        let answer = readLine(strippingNewline: true)?.lowercased() ?? ""
        return answer == "y" || answer == "yes"
    }
}
