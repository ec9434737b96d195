import ArgumentParser
import CJaneeProcess
import CoreMetrics
import JaneeConfig
import JaneeCore
import JaneeFiles
import JaneeHTTP
import JaneeJSON
import JaneeMCP
import JaneeSecrets
import JaneeServer
import JaneeTelemetry
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve agents over MCP",
        discussion: """
            Speaks MCP on standard input and output; everything for people goes to standard error. The agent's identity \
            is what JANEE_AGENT says in the environment of this process; without it, capabilities that name agents are \
            refused.

            SIGHUP reads the configuration anew; a bad one leaves the last good one in place.

            Log lines go to standard error, with --log-file also to a file, which is made readable by its owner only and \
            may be renamed at any time. Credentials are taken out of them.

            EXAMPLES
              janee serve
              JANEE_AGENT=claude janee serve
              janee serve --log-level info --log-format json --log-file /var/log/janee.jsonl
              janee serve --metrics 127.0.0.1:9464
            """
    )

    enum TransportName: String, ExpressibleByArgument, CaseIterable {
        case stdio
    }

    @Option(name: .shortAndLong, help: "How clients connect.") var transport: TransportName = .stdio
    @OptionGroup var log: LogOptions
    @Option(
        help: ArgumentHelp(
            "Serve /metrics (Prometheus), /health and /ready over HTTP at a loopback address.",
            valueName: "address:port"
        )
    )
    var metrics: String?
    @Option(help: ArgumentHelp("A file to write the log to as well.", valueName: "path")) var logFile: String?

    func run() async throws {
        var file: LineWriter?
        do throws(CommandFailure) {
            if let logFile { file = try LogFile.open(logFile, log.format) }
            try await serve(log.open(file: file))
            await file?.flush()
        } catch let failure {
            log.report(failure, to: file)
            await file?.flush()
            throw ExitCode.failure
        }
    }

    private func serve(_ log: CommandLog) async throws(CommandFailure) {
        let logger = log.logger
        if janee_protect_process() != 0 {
            logger.warning("the system does not let this process protect its memory")
        }
        guard let agent = AgentIdentity.launched(as: ProcessEnvironment.variable("JANEE_AGENT")) else {
            throw CommandFailure("JANEE_AGENT must be a name of at most 128 characters without control characters.")
        }
        let address = try metrics.map { text throws(CommandFailure) in try Self.listenAddress(text) }
        let registry = address.map { _ in PrometheusRegistry(JaneeMetrics.descriptions) }
        // Providers that others have added may count for themselves.
        if let registry { MetricsSystem.bootstrap(registry) }
        let installation = try Installation.load(
            log: log,
            metrics: registry.map { JaneeMetrics(factory: $0) } ?? .disabled
        )
        let audit: AuditLog
        do throws(CommandFailure) {
            try await report(installation, logger)
            audit = try installation.openAudit { notice in logger.warning("\(notice)") }
        } catch {
            // Some providers may have started, with programs or logins of their own.
            await installation.finish()
            throw error
        }
        let client = GuardedHTTPClient()
        let runtime = installation.runtime
        let proxy = runtime.makeProxy(transport: client, audit: audit, logger: logger)
        let reloader = ConfigurationReloader(installation, loader: Installation.loader, audit: audit, logger: logger)
        let environment = ToolEnvironment(
            proxy: proxy,
            policy: { runtime.currentPolicy },
            reload: { await reloader.reload(.agent) },
            agent: agent
        )
        var failure: CommandFailure?
        do {
            let server = MCPServer(
                name: "janee",
                version: JaneeVersion.current,
                registry: try ToolRegistry(ToolCatalog.tools(environment)),
                logger: logger
            )
            let options = StdioTransport.Options(onExpiry: { _exit(EX_SOFTWARE) })
            let stdio = StdioTransport(server: server, options: options)
            let (hangups, hangup) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let signals = ProcessSignals([
                SIGTERM: { stdio.shutdown() }, SIGINT: { stdio.shutdown() }, SIGHUP: { hangup.yield() },
            ])
            try await withThrowingTaskGroup(of: Void.self) { group in
                if let address, let registry {
                    let monitoring = MonitoringServer(
                        address: address,
                        pages: MonitoringPages(registry: registry, runtime: runtime),
                        logger: logger
                    )
                    try await start(monitoring, at: address, in: &group, logger)
                }
                announce(logger)
                group.addTask {
                    for await _ in hangups { _ = await reloader.reload(.signal) }
                }
                try await stdio.run()
                group.cancelAll()
            }
            signals.cancel()
        } catch let error as CommandFailure {
            failure = error
        } catch {
            failure = CommandFailure("The server stopped: \(error)")
        }
        await audit.close()
        await installation.finish()
        if let failure { throw failure }
    }

    private static func listenAddress(_ text: String) throws(CommandFailure) -> ListenAddress {
        do throws(ListenAddressError) {
            return try ListenAddress(parsing: text)
        } catch {
            throw CommandFailure("The address of --metrics \(error).")
        }
    }

    /// Returns when the server listens.
    private func start(
        _ server: MonitoringServer,
        at address: ListenAddress,
        in group: inout ThrowingTaskGroup<Void, any Error>,
        _ logger: Logger
    ) async throws {
        let (listening, report) = AsyncThrowingStream<String, any Error>.makeStream()
        group.addTask {
            do {
                try await server.run { report.yield($0) }
                report.finish()
            } catch {
                report.finish(throwing: error)
            }
        }
        var iterator = listening.makeAsyncIterator()
        do {
            guard let authority = try await iterator.next() else { return }
            logger.notice("metrics are at http://\(authority)/metrics")
            group.addTask {
                do {
                    for try await _ in listening {}
                } catch {
                    if !Task.isCancelled { logger.error("the metrics are not served any more: \(error)") }
                }
            }
        } catch {
            throw CommandFailure(
                "Nothing can listen at \(ListenAddress.authority(address.host, address.port)): \(error)"
            )
        }
    }

    /// Says that clients can begin; whoever starts the program by hand waits for this.
    private func announce(_ logger: Logger) {
        let text = "Janee MCP server started (stdio)"
        switch log.format {
        case .text: StandardErrorLogHandler.offer("\(text)\n")
        case .json: logger.notice("\(text)")
        }
    }

    /// Tells on standard error what will not work, and refuses to start with what must not be trusted.
    private func report(_ installation: Installation, _ logger: Logger) async throws(CommandFailure) {
        let file = installation.home.configFile
        let runtime = installation.runtime
        let store = StorePermissions.problems(installation)
        let problems =
            runtime.configuration.warnings + store + (await StartupReport(examining: runtime)).findings.map(\.problem)
        for problem in problems {
            logger.log(level: problem.severity == .error ? .error : .warning, "\(problem.line(in: file))")
        }
        if store.contains(where: { $0.severity == .error }) {
            throw CommandFailure("The server does not start, because others could change its files.")
        }
        let failures = await runtime.startProviders()
        for failure in failures {
            logger.error("\(failure.error.code.rawValue): \(failure.error.message)", error: failure.error)
        }
        if failures.contains(where: \.isFatal) {
            throw CommandFailure("The server does not start, because a provider is not configured correctly.")
        }
    }
}
