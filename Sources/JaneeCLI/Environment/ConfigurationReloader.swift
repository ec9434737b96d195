import JaneeConfig
import JaneeCore
import JaneeMCP
import JaneeSecrets
import JaneeTelemetry
import Logging

/// Reads the configuration of a running server anew; a file that cannot be used leaves everything as it is.
actor ConfigurationReloader {
    /// Who asked for it, for the log.
    enum Cause: String {
        case signal
        case agent
    }

    private let home: JaneeHome
    private let loader: ConfigurationLoader
    private let runtime: JaneeRuntime
    private let audit: AuditLog
    private let logger: Logger

    init(_ installation: Installation, loader: ConfigurationLoader, audit: AuditLog, logger: Logger) {
        home = installation.home
        runtime = installation.runtime
        self.loader = loader
        self.audit = audit
        self.logger = logger
    }

    func reload(_ cause: Cause) async -> Result<JaneeRuntime.Reload, ReloadFailure> {
        do {
            // Without a pause between reading and replacing, so that of two reloads the later one wins.
            let configuration = try loader.load(home.configFile, credentials: home.credentialsFile)
            let reload = try runtime.reload(configuration)
            await report(reload, configuration, cause)
            return .success(reload)
        } catch let error as ConfigurationError {
            for problem in error.problems { logger.error("\(problem.line(in: error.file))") }
            let errors = error.problems.count { $0.severity == .error }
            return await failure("the configuration has \(errors) error(s)", cause)
        } catch {
            logger.error("\(error)")
            return await failure("the configuration cannot be used", cause)
        }
    }

    private func report(_ reload: JaneeRuntime.Reload, _ configuration: Configuration, _ cause: Cause) async {
        logger.notice(
            "reloaded the configuration (\(reload.capabilities) capabilities, \(reload.services) services)"
        )
        for part in reload.needsRestart {
            logger.warning("'\(part)' changed; that takes effect when the server is started again")
        }
        let findings = await StartupReport(examining: runtime).findings.map(\.problem)
        for problem in configuration.warnings + findings {
            logger.warning("\(problem.line(in: home.configFile))")
        }
        for failure in await runtime.startProviders() {
            logger.error("\(failure.error.code.rawValue): \(failure.error.message)")
        }
        await record(
            "config_reloaded",
            [
                "by": cause.rawValue, "capabilities": String(reload.capabilities),
                "services": String(reload.services), "needsRestart": reload.needsRestart.joined(separator: ","),
            ]
        )
    }

    private func failure(_ text: String, _ cause: Cause) async -> Result<JaneeRuntime.Reload, ReloadFailure> {
        logger.error("\(text); the last good configuration stays")
        await record("config_reload_failed", ["by": cause.rawValue])
        return .failure(
            ReloadFailure(agentDescription: "\(text); the last good one stays. The operator's log says what is wrong.")
        )
    }

    private func record(_ event: String, _ details: [String: String]) async {
        do throws(AuditError) {
            _ = try await audit.append(.event(event, details: details.filter { !$0.value.isEmpty }))
        } catch {
            logger.critical("cannot write the audit log: \(error)")
        }
    }
}
