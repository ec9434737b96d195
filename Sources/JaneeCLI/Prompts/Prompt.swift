import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Asks for text at the terminal.
enum Prompt {
    /// What is typed, or `fallback` for an empty line.
    ///
    /// - Parameter option: The option that spares the question; without a terminal it is needed.
    static func ask(
        _ question: String,
        option: String,
        default fallback: String? = nil
    ) throws(CommandFailure) -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure("Give \(option); without a terminal nobody can be asked.")
        }
        let shown = fallback.map { " [\($0)]" } ?? ""
        StandardErrorLogHandler.write("\(question)\(shown): ")
        let answer = readLine(strippingNewline: true) ?? ""
        guard !answer.isEmpty else {
            guard let fallback else { throw CommandFailure("Nothing was given for \(option).") }
            return fallback
        }
        return answer
    }
}
