import ArgumentParser
import JaneeTelemetry
import Logging

/// The options of every command that logs.
struct LogOptions: ParsableArguments {
    @Option(name: .customLong("log-level"), help: "The least severe lines to log.")
    var level: LogLevel = .notice

    @Option(name: .customLong("log-format"), help: "How log lines look.")
    var format: LogFormat = .text

    private func logger(file: LineWriter?) -> Logger {
        Logger(label: "janee") { _ in StandardErrorLogHandler(level: level.level, format: format, file: file) }
    }

    /// The log of a command, which goes to standard error, and to a file if one is given.
    func open(file: LineWriter? = nil) -> CommandLog {
        guard level.level <= .info else { return CommandLog(logger: logger(file: file)) { _ in } }
        return CommandLog(logger: logger(file: file)) { line in
            StandardErrorLogHandler.put(line + "\n")
            file?.write(line, at: WallClock.milliseconds)
        }
    }

    /// Tells why the program ends, in the form of the log, so that all of standard error has one form.
    func report(_ failure: CommandFailure, to file: LineWriter?) {
        guard format == .text else { return logger(file: file).critical("\(failure.message)") }
        failure.printToStandardError()
        let now = WallClock.milliseconds
        let text = DisplayText.escaped(Redactor.shared.redact(failure.message))
        file?.write("\(UTCTimestamp.text(now)) janee: error: \(text)", at: now)
    }
}

/// Where the log of a command goes.
struct CommandLog {
    let logger: Logger
    /// Takes records that are JSON lines in either format; they are of level info.
    let stream: @Sendable (String) -> Void

    /// For commands that do not log.
    static let discarding = CommandLog(logger: .discarding) { _ in }
}

/// The levels under the names that they have in log lines.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .notice }
}

extension LogFormat: ExpressibleByArgument {}
