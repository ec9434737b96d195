import JaneeFiles
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

/// Where the value of a secret comes from: never from an argument.
enum ValueSource {
    case standardInput
    case variable(String)
    case file(String)
    /// The question to ask.
    case prompt(String)

    /// The source that the options name; nil if they name none and there is no terminal to ask at.
    init?(stdin: Bool, variable: String?, file: String?, question: String = "Value") {
        switch (stdin, variable, file) {
        case (true, nil, nil): self = .standardInput
        case (false, let name?, nil): self = .variable(name)
        case (false, nil, let path?): self = .file(path)
        default:
            guard !stdin, variable == nil, file == nil, isatty(STDIN_FILENO) == 1 else { return nil }
            self = .prompt(question)
        }
    }

    /// Reads the value, without one line break at its end; from then on it is redacted wherever it is shown.
    func read() throws(CommandFailure) -> SecretValue {
        let value = try readValue()
        Redactor.shared.register(value)
        return value
    }

    private func readValue() throws(CommandFailure) -> SecretValue {
        var bytes: [UInt8]
        switch self {
        case .standardInput:
            bytes = try Self.readStandardInput()
        case .variable(let name):
            // What was given may be the value itself, so it is not repeated.
            guard let found = ProcessEnvironment.bytes(ofVariable: name) else {
                throw CommandFailure("The environment variable that --from-env names is not set.")
            }
            bytes = found
        case .file(let path):
            do throws(FileError) {
                bytes = try RegularFile.read(path, limit: FilesystemProvider.maximumValueBytes + 2, followLinks: true)
            } catch {
                throw CommandFailure("The file that --from-file names cannot be read: \(error.reason).")
            }
        case .prompt(let question):
            return try HiddenPrompt.ask("\(question): ")
        }
        return SecretValue(bytes.withoutFinalLineBreak)
    }

    private static func readStandardInput() throws(CommandFailure) -> [UInt8] {
        let limit = FilesystemProvider.maximumValueBytes + 2
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = buffer.withUnsafeMutableBytes { systemRead(STDIN_FILENO, $0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CommandFailure("Standard input cannot be read.") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw CommandFailure("The value is larger than \(FilesystemProvider.maximumValueBytes) bytes.")
            }
        }
    }
}

/// The system call, which the method of the same name would hide.
private func systemRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
