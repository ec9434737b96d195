import JaneeConfig
import JaneeCore
import JaneeHTTP
import JaneeJSON
import JaneeSecrets
import JaneeTelemetry
import Logging

/// A home with its configuration, as commands use it.
struct Installation {
    let home: JaneeHome
    let runtime: JaneeRuntime
    let masterKey: MasterKey
    /// What providers are lent.
    let context: ProviderContext
    /// Has the records of reads; whoever reads flushes it before the process ends.
    let accessLog: AccessLog

    /// Loads the configuration of the home.
    ///
    /// - Parameter optional: Whether a home without configuration counts as one with an empty configuration.
    static func load(
        optional: Bool = false,
        log: CommandLog = .discarding,
        metrics: JaneeMetrics = .disabled
    ) throws(CommandFailure) -> Installation {
        let home = ProcessEnvironment.home
        let configuration = try configuration(of: home, optional: optional)
        let substitution = ProcessEnvironment.substitution
        let masterKey = MasterKey(
            home: home,
            setting: configuration.security.masterKey,
            inline: configuration.legacy.flatMap { $0.isInline ? $0.masterKey : nil },
            substitution: substitution,
            observe: Redactor.shared.register
        )
        let context = ProviderContext(
            transport: GuardedHTTPClient(),
            metadata: MetadataClient(),
            logger: log.logger,
            substitution: substitution,
            masterKey: { () async throws(SecretError) in try await masterKey.value() },
            homeDirectory: ProcessEnvironment.homeDirectory,
            userAgent: "janee/\(JaneeVersion.current)",
            allowsLoopback: configuration.security.devMode,
            tokenEvents: { provider, event in metrics.token(provider, event, at: TimeSource.system.now) }
        )
        let accessLog = AccessLog(home: home, logger: log.logger, stream: log.stream)
        do throws(SecretError) {
            let runtime = try JaneeRuntime(
                configuration: configuration,
                extensions: JaneeProgram.extensions,
                home: home,
                context: context,
                metrics: metrics,
                report: accessLog.record,
                observe: Redactor.shared.register
            )
            masterKey.read(from: runtime.secrets)
            return Installation(
                home: home,
                runtime: runtime,
                masterKey: masterKey,
                context: context,
                accessLog: accessLog
            )
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Loads the home for a command that works on secrets, and warns about what others can read.
    static func loadForSecrets(log: CommandLog = .discarding) throws(CommandFailure) -> Installation {
        let installation = try load(optional: true, log: log)
        for problem in StorePermissions.problems(installation) {
            StandardErrorLogHandler.write(
                "janee: \(problem.severity.rawValue): \(DisplayText.escaped(problem.message))\n"
            )
        }
        return installation
    }

    private static func configuration(of home: JaneeHome, optional: Bool) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try loader.load(home.configFile, credentials: home.credentialsFile)
        } catch {
            if optional, error.isNotFound {
                do throws(ConfigurationError) {
                    return try loader.parse([], path: home.configFile)
                } catch {
                    throw CommandFailure(error.description)
                }
            }
            throw error.isNotFound ? .noConfiguration(home) : CommandFailure(error)
        }
    }

    static var loader: ConfigurationLoader {
        ConfigurationLoader(
            schema: ConfigurationSchema(JaneeProgram.extensions),
            substitution: ProcessEnvironment.substitution
        )
    }

    /// Opens the audit log of the home.
    func openAudit(_ notice: @escaping @Sendable (String) -> Void) throws(CommandFailure) -> AuditLog {
        do throws(AuditError) {
            return try AuditLog(
                directory: home.logsDirectory,
                sync: runtime.configuration.security.auditSync,
                clock: { WallClock.milliseconds },
                onNotice: notice
            )
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}

extension CommandFailure {
    init(_ error: SecretError) {
        var details = error.json
        details["code"] = nil
        details["message"] = nil
        self.init(error.message, code: error.code.rawValue, details: details)
    }
}

extension Logger {
    /// A logger that writes nothing.
    static let discarding = Logger(label: "janee") { _ in SwiftLogNoOpLogHandler() }
}
