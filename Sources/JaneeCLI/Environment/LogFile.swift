import JaneeFiles
import JaneeJSON
import JaneeTelemetry

/// A file that gets every log line, beside standard error.
enum LogFile {
    /// Opens the file at once, so that one that cannot be used is told at the start.
    static func open(_ path: String, _ format: LogFormat) throws(CommandFailure) -> LineWriter {
        do throws(FileError) {
            _ = try RegularFile.appendFile(path)
        } catch {
            throw CommandFailure("The log file cannot be used: \(error)")
        }
        return LineWriter(
            label: "janee.log",
            // Anew each time, so that whoever rotates the file only has to rename it.
            open: { _ throws(FileError) in try RegularFile.appendFile(path) },
            lossLine: { count, moment in loss(of: count, at: UTCTimestamp.text(moment), format) },
            onFailure: { error in
                StandardErrorLogHandler.offer("janee: warning: the log file is not written: \(error)\n")
            }
        )
    }

    private static func loss(of count: Int, at time: String, _ format: LogFormat) -> String {
        let message = "\(count) lines of this log were lost"
        switch format {
        case .text: return "\(time) janee: warning: \(message)"
        case .json:
            let line: JSONValue = ["timestamp": .string(time), "level": "warning", "message": .string(message)]
            return line.serialized()
        }
    }
}
