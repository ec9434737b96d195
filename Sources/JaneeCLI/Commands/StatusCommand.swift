import ArgumentParser
import JaneeConfig
import JaneeCore
import JaneeFiles
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what this home holds",
        discussion: """
            EXAMPLES
              janee status
              janee status --json
            """
    )

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await output.print {
            let home = ProcessEnvironment.home
            let statistics: AuditStatistics
            do throws(AuditError) {
                statistics = try AuditStatistics(directory: home.logsDirectory)
            } catch {
                throw CommandFailure("\(error)")
            }
            guard RegularFile.exists(home.configFile) else {
                return Self.render(home, nil, isEncrypted: false, statistics)
            }
            let installation = try Installation.load()
            let hasKey = await hasKey(installation)
            return Self.render(home, installation.runtime.configuration, isEncrypted: hasKey, statistics)
        }
    }

    private func hasKey(_ installation: Installation) async -> Bool {
        // One that is kept elsewhere is there as far as can be told without asking.
        if installation.masterKey.isRemote { return true }
        return (try? await installation.masterKey.value()) != nil
    }

    private static func render(
        _ home: JaneeHome,
        _ configuration: Configuration?,
        isEncrypted: Bool,
        _ statistics: AuditStatistics
    ) -> CommandOutput {
        let size = size(statistics.bytes)
        let services = configuration?.services.count ?? 0
        let capabilities = configuration?.capabilities.count ?? 0
        var lines = ["Janee \(JaneeVersion.current)", "  Home: \(home.path)"]
        if configuration == nil {
            lines.append("  Not initialized. Run `janee init`.")
        } else {
            lines += [
                "  Services: \(services)", "  Capabilities: \(capabilities)",
                "  Master key: \(isEncrypted ? "present" : "missing")",
            ]
        }
        lines.append("  Audit log: \(statistics.entries) record(s), \(size)")
        return CommandOutput(
            json: [
                "version": .string(JaneeVersion.current), "configDir": .string(home.path),
                "configExists": .bool(configuration != nil), "encrypted": .bool(isEncrypted),
                "services": .number(JSONNumber(services)), "capabilities": .number(JSONNumber(capabilities)),
                "auditLogEntries": .number(JSONNumber(statistics.entries)), "auditLogSize": .string(size),
            ],
            text: lines.map { DisplayText.escaped($0) }.joined(separator: "\n")
        )
    }

    /// `12 B`, `1.2 KB`, `3.4 MB`.
    private static func size(_ bytes: Int64) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var tenths = bytes * 10 / 1024
        for unit in ["KB", "MB", "GB"] {
            if tenths < 10_240 || unit == "GB" { return "\(tenths / 10).\(tenths % 10) \(unit)" }
            tenths /= 1024
        }
        return "\(bytes) B"
    }
}
