import ArgumentParser
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a command yields; one renderer prints it as text or JSON.
struct CommandOutput {
    private enum Content {
        /// For `--json`, and for people (without a final line break; foreign text in it has been escaped).
        case rendered(json: JSONValue, text: String, isCompact: Bool, reveals: Bool)
        /// Exactly these bytes.
        case raw([UInt8])
    }

    private let content: Content
    let exitCode: ExitCode

    /// - Parameters:
    ///   - isCompact: Whether the JSON is one line, as that of commands that change something, or indented.
    ///   - reveals: Whether the command was asked for a secret itself; then nothing is redacted.
    init(
        json: JSONValue,
        text: String,
        isCompact: Bool = false,
        reveals: Bool = false,
        exitCode: ExitCode = .success
    ) {
        content = .rendered(json: json, text: text, isCompact: isCompact, reveals: reveals)
        self.exitCode = exitCode
    }

    /// Makes output that is nothing but a value.
    init(raw bytes: [UInt8]) {
        content = .raw(bytes)
        exitCode = .success
    }

    /// What goes to standard output.
    func bytes(asJSON: Bool) -> [UInt8] {
        switch content {
        case .rendered(let json, let text, let isCompact, let reveals):
            Array(
                (asJSON
                    ? OutputText.json(json, pretty: !isCompact, reveals: reveals)
                    : OutputText.lines(text, reveals: reveals))
                    .utf8
            ) + [0x0A]
        case .raw(let bytes): bytes
        }
    }
}

/// A command that could not do what it was asked to.
struct CommandFailure: Error {
    /// What is wrong and what to do.
    let message: String
    /// A code of RFC 0005 or of our own, where there is one.
    let code: String?
    /// The problems of the configuration file, if that is what failed.
    let problems: [ConfigProblem]
    /// What else `--json` tells.
    let details: JSONObject

    init(_ message: String, code: String? = nil, problems: [ConfigProblem] = [], details: JSONObject = [:]) {
        self.message = message
        self.code = code
        self.problems = problems
        self.details = details
    }
}

extension CommandFailure {
    /// Tells a person what is wrong.
    func printToStandardError() {
        StandardErrorLogHandler.write("janee: error: \(DisplayText.escapedLines(message))\n")
    }
}

/// The option that every command with output has.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false

    /// Runs a command and prints what it yields.
    ///
    /// - Throws: The exit code, unless it is 0.
    func print(_ body: () async throws -> CommandOutput) async throws {
        let output: CommandOutput
        do {
            output = try await body()
        } catch let failure as CommandFailure {
            report(failure)
            throw ExitCode.failure
        }
        guard StandardOutput.write(output.bytes(asJSON: json)) else {
            StandardErrorLogHandler.write(
                "janee: error: the output could not be written: \(String(cString: strerror(errno)))\n"
            )
            throw ExitCode.failure
        }
        if output.exitCode != .success { throw output.exitCode }
    }

    private func report(_ failure: CommandFailure) {
        guard json else {
            return failure.printToStandardError()
        }
        var answer: JSONObject = ["ok": false, "error": .string(failure.message)]
        answer["code"] = failure.code.map { .string($0) }
        for (key, value) in failure.details { answer[key] = value }
        StandardOutput.write(Array((OutputText.json(.object(answer)) + "\n").utf8))
    }
}

/// Standard output, written whole.
enum StandardOutput {
    /// Writes everything; false if that failed, with the reason in `errno`.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count, let base = buffer.baseAddress {
                let written = systemWrite(STDOUT_FILENO, base + offset, buffer.count - offset)
                if written < 0, errno == EINTR { continue }
                // If whoever read the output has gone, there is nobody left to tell.
                guard written > 0 else { return errno == EPIPE }
                offset += written
            }
            return true
        }
    }

    /// Whether somebody may still read; a closed pipe is noticed without writing.
    static var hasReader: Bool {
        var polled = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return poll(&polled, 1, 0) >= 0 && polled.revents & Int16(POLLERR | POLLNVAL) == 0
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// The system call, which the methods of the same name would hide.
private func systemWrite(_ descriptor: CInt, _ pointer: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, pointer, count)
}
