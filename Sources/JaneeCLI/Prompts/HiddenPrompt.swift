import CJaneeProcess
import JaneeProviders
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
        guard janee_hide_input(STDIN_FILENO) == 0 else {
            throw CommandFailure("The terminal cannot hide what is typed; use --from-stdin.")
        }
        defer {
            janee_show_input()
            StandardErrorLogHandler.write("\n")
        }
        StandardErrorLogHandler.write(question)
        let line = try readLine()
        guard !line.isEmpty else { throw CommandFailure("No value was given.") }
        return SecretValue(line)
    }

    /// What is typed up to the end of the line.
    ///
    /// The terminal's own lines end after 4095 bytes, so they are made here.
    private static func readLine() throws(CommandFailure) -> [UInt8] {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return line }
            switch byte {
            case 0x0A, 0x0D: return line
            case 0x04 where line.isEmpty: return line
            case 0x08, 0x7F:
                // A letter may have several bytes, the later ones of which look like 10xxxxxx.
                while let last = line.popLast(), last & 0xC0 == 0x80 {}
            case 0x15: line.removeAll()
            default: line.append(byte)
            }
            guard line.count <= FilesystemProvider.maximumValueBytes else {
                throw CommandFailure("The value is larger than \(FilesystemProvider.maximumValueBytes) bytes.")
            }
        }
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
        let answer = Swift.readLine(strippingNewline: true)?.lowercased() ?? ""
        return answer == "y" || answer == "yes"
    }
}
