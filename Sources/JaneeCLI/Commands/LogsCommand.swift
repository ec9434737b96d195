import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeJSON
import JaneeTelemetry

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show and verify the audit log",
        discussion: """
            EXAMPLES
              janee logs -n 50 --service stripe
              janee logs -f
              janee logs --json
              janee logs verify
            """,
        subcommands: [LogsShowCommand.self, LogsVerifyCommand.self],
        defaultSubcommand: LogsShowCommand.self
    )
}

struct LogsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show the newest records")

    @Option(name: [.customShort("n"), .customLong("lines")], help: "How many records.") var lines = 20
    @Option(name: .shortAndLong, help: "Only the records of this service.") var service: String?
    @Flag(name: .shortAndLong, help: "Go on with records as they are written; with --json one a line.")
    var follow = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(lines) else { throw ValidationError("-n must be from 1 to 100000.") }
    }

    func run() async throws {
        if follow { return try await followRecords() }
        try await output.print {
            let directory = ProcessEnvironment.home.logsDirectory
            let records: [JSONValue]
            do throws(AuditError) {
                records = try AuditReader(directory: directory).tail(limit: lines) { isWanted(.object($0)) }
            } catch {
                throw CommandFailure("\(error)")
            }
            let text = records.isEmpty ? "No activity yet." : records.map(Self.line).joined(separator: "\n")
            return CommandOutput(json: ["logs": .array(records.map(Self.shown))], text: text)
        }
    }

    /// Prints records as they come, until the reader goes or the process is ended.
    private func followRecords() async throws {
        do throws(AuditError) {
            var follower = try AuditFollower(directory: ProcessEnvironment.home.logsDirectory)
            if !output.json { StandardErrorLogHandler.write("Following the audit log (Ctrl+C to stop)\n") }
            while !Task.isCancelled {
                for record in try follower.next() where isWanted(record) {
                    let line =
                        output.json ? OutputText.json(Self.shown(record)) : OutputText.lines(Self.line(record))
                    guard StandardOutput.write(Array((line + "\n").utf8)), StandardOutput.hasReader else { return }
                }
                guard StandardOutput.hasReader else { return }
                // A person looks on: asking again is soon enough, and works on every file system. Cancelled, the loop ends.
                try? await Task.sleep(for: .milliseconds(200))
            }
        } catch {
            CommandFailure("\(error)").printToStandardError()
            throw ExitCode.failure
        }
    }

    private func isWanted(_ record: JSONValue) -> Bool {
        guard let service else { return true }
        return record["service"]?.stringValue == service
    }

    /// A record without what it keeps for investigations only.
    private static func shown(_ record: JSONValue) -> JSONValue {
        guard var object = record.objectValue else { return record }
        object["requestBody"] = nil
        return .object(object)
    }

    /// One record for people: time, phase, agent, request, and how it ended.
    private static func line(_ record: JSONValue) -> String {
        func text(_ key: String) -> String { record[key]?.stringValue ?? "" }
        let phase = text("phase").isEmpty ? "request" : text("phase")
        let result =
            record["statusCode"]?.intValue.map(String.init)
            ?? [text("error"), text("reasonCode")].first { !$0.isEmpty } ?? "---"
        let subject =
            phase == "event"
            ? text("event") + " " + (record["details"]?["path"]?.stringValue ?? "")
            : "\(text("method")) /\(text("service"))\(text("path"))"
        let agent = text("agentId").isEmpty ? "-" : text("agentId")
        let reason = text("reasonCode").isEmpty ? "" : " \(text("reasonCode"))"
        let start = DisplayText.escaped("\(text("timestamp")) \(phase) \(agent) \(subject)")
        let isGood = record["statusCode"]?.intValue.map { (200..<400).contains($0) }
        let style: Terminal.Style = isGood.map { $0 ? .good : .bad } ?? (text("error").isEmpty ? .faint : .bad)
        return "\(start) \(Terminal.styled(DisplayText.escaped("\(result)\(reason)"), style))"
    }
}

struct LogsVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that no record was changed, removed or inserted",
        discussion: "The exit code is 1 if the chain of records is broken; the first broken records are named."
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let progress = ProgressLine("verifying the audit log")
            defer { progress.end() }
            let result: AuditVerification
            do throws(AuditError) {
                let directory = ProcessEnvironment.home.logsDirectory
                result = try AuditVerifier.verify(directory: directory) { progress.update($0) }
            } catch {
                throw CommandFailure("\(error)")
            }
            return CommandOutput(
                json: Self.json(result),
                text: Self.text(result),
                exitCode: result.isIntact ? .success : .failure
            )
        }
    }

    private static func text(_ result: AuditVerification) -> String {
        var lines = result.problems.map { problem in
            let place = problem.line.map { "\(problem.file):\($0)" } ?? problem.file
            let sequence = problem.sequence.map { " record \($0)" } ?? ""
            return "\(place):\(sequence) \(problem.message)"
        }
        if result.problemCount > result.problems.count {
            lines.append("… and \(result.problemCount - result.problems.count) more")
        }
        lines += result.notes
        if result.unchainedLines > 0 {
            let places = result.firstUnchained.map { "\($0.file):\($0.line)" }.joined(separator: ", ")
            lines.append("\(result.unchainedLines) line(s) without chain, as Janee 0.16 writes them (first: \(places))")
        }
        lines += result.quarantinedFiles.map { "torn tail kept in \($0)" }
        if result.recoveries > 0 { lines.append("mended \(result.recoveries) time(s) after a writer was stopped") }
        lines.append(
            result.isIntact
                ? "The audit log is intact: \(result.chainedRecords) record(s)."
                : "The audit log is BROKEN: \(result.problemCount) problem(s), \(result.gapCount) recorded gap(s) in \(result.chainedRecords) record(s)."
        )
        return lines.map { DisplayText.escaped($0) }.joined(separator: "\n")
    }

    private static func json(_ result: AuditVerification) -> JSONValue {
        var json: JSONObject = [
            "ok": .bool(result.isIntact),
            "records": .number(JSONNumber(result.chainedRecords)),
            "unchained": .number(JSONNumber(result.unchainedLines)),
            "recoveries": .number(JSONNumber(result.recoveries)),
            "gaps": .number(JSONNumber(result.gapCount)),
        ]
        json["firstSeq"] = result.firstSequence.map { .number(JSONNumber($0)) }
        json["lastSeq"] = result.lastSequence.map { .number(JSONNumber($0)) }
        json["quarantined"] = .array(result.quarantinedFiles.map { .string($0) })
        json["notes"] = .array(result.notes.map { .string($0) })
        json["problems"] = .array(
            result.problems.map { problem in
                var item: JSONObject = ["kind": .string(problem.kind.rawValue), "file": .string(problem.file)]
                item["line"] = problem.line.map { .number(JSONNumber($0)) }
                item["seq"] = problem.sequence.map { .number(JSONNumber($0)) }
                item["message"] = .string(problem.message)
                return .object(item)
            }
        )
        return .object(json)
    }
}
