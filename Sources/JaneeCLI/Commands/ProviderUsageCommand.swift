import ArgumentParser
import JaneeCore
import JaneeFiles
import JaneeJSON
import JaneeTelemetry

struct ProviderUsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Count how often secrets were read, from the access log",
        discussion: """
            EXAMPLES
              janee provider usage
              janee provider usage prodVault --since 2026-01-31 --json
            """
    )

    @Argument(help: "The provider; all if absent.") var provider: String?
    @Option(help: ArgumentHelp("The first day of UTC to count.", valueName: "yyyy-mm-dd")) var since: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            var day: UTCDay?
            if let since {
                day = UTCDay(name: since)
                if day == nil { throw CommandFailure("--since must be a day such as 2026-01-31") }
            }
            let usage: AccessUsage
            do throws(FileError) {
                usage = try AccessUsage(home: ProcessEnvironment.home, since: day)
            } catch {
                throw CommandFailure("the access log cannot be read: \(error)")
            }
            let rows = usage.counts.filter { provider == nil || $0.key.provider.lowercased() == provider?.lowercased() }
                .sorted { $0.key < $1.key }
            return CommandOutput(
                json: [
                    "usage": .array(rows.map { Self.json($0.key, $0.value) }),
                    "lost": .number(JSONNumber(usage.lost)), "skippedLines": .number(JSONNumber(usage.skipped)),
                ],
                text: text(rows, usage)
            )
        }
    }

    private func text(
        _ rows: [(key: AccessUsage.Reference, value: AccessUsage.Counts)],
        _ usage: AccessUsage
    ) -> String {
        var lines = rows.map { reference, counts in
            let name = "\(reference.provider): \(reference.path ?? "(not shown)")"
            let failures = counts.failures > 0 ? ", \(counts.failures) failed" : ""
            let stale = counts.stale > 0 ? ", \(counts.stale) stale" : ""
            return DisplayText.escaped("\(name): \(counts.reads) reads\(failures)\(stale), last \(counts.last)")
        }
        if lines.isEmpty { lines.append("No reads are recorded.") }
        if usage.lost > 0 { lines.append("\(usage.lost) reads were not recorded.") }
        if usage.skipped > 0 { lines.append("\(usage.skipped) lines of the log cannot be read.") }
        return lines.joined(separator: "\n")
    }

    private static func json(_ reference: AccessUsage.Reference, _ counts: AccessUsage.Counts) -> JSONValue {
        [
            "provider": .string(reference.provider), "path": reference.path.map { .string($0) } ?? .null,
            "reads": .number(JSONNumber(counts.reads)), "failures": .number(JSONNumber(counts.failures)),
            "stale": .number(JSONNumber(counts.stale)), "last": .string(counts.last),
        ]
    }
}
