import ArgumentParser
import CJaneeProcess
import JaneeConfig
import JaneeCore
import JaneeFiles
import JaneeHTTP
import JaneeJSON
import JaneeMCP
import JaneeSecrets
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

            EXAMPLES
              janee serve
              JANEE_AGENT=claude janee serve
            """
    )

    enum TransportName: String, ExpressibleByArgument, CaseIterable {
        case stdio
    }

    @Option(name: .shortAndLong, help: "How clients connect.") var transport: TransportName = .stdio

    func run() async throws {
        if janee_protect_process() != 0 {
            StandardErrorLogHandler.offer("janee: warning: the system does not let this process protect its memory\n")
        }
        let logger = Logger(label: "janee") { _ in StandardErrorLogHandler() }
        do throws(CommandFailure) {
            try await serve(logger)
        } catch let failure {
            failure.printToStandardError()
            throw ExitCode.failure
        }
    }

    private func serve(_ logger: Logger) async throws(CommandFailure) {
        guard let agent = AgentIdentity.launched(as: ProcessEnvironment.variable("JANEE_AGENT")) else {
            throw CommandFailure("JANEE_AGENT must be a name of at most 128 characters without control characters.")
        }
        let installation = try Installation.load(logger: logger)
        try await report(installation)
        let audit = try installation.openAudit { notice in logger.warning("\(notice)") }
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
            StandardErrorLogHandler.offer("Janee MCP server started (stdio)\n")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in hangups { _ = await reloader.reload(.signal) }
                }
                try await stdio.run()
                group.cancelAll()
            }
            signals.cancel()
        } catch {
            throw CommandFailure("The server stopped: \(error)")
        }
        await runtime.secrets.dispose()
        await audit.close()
    }

    /// Tells on standard error what will not work, and refuses to start with what must not be trusted.
    private func report(_ installation: Installation) async throws(CommandFailure) {
        let file = installation.home.configFile
        let runtime = installation.runtime
        let store = StorePermissions.problems(installation)
        let problems =
            runtime.configuration.warnings + store + (await StartupReport(examining: runtime)).findings.map(\.problem)
        for problem in problems {
            StandardErrorLogHandler.offer("janee: \(DisplayText.escaped(problem.line(in: file)))\n")
        }
        if store.contains(where: { $0.severity == .error }) {
            throw CommandFailure("The server does not start, because others could change its files.")
        }
        let failures = await runtime.startProviders()
        for failure in failures {
            let text = "\(failure.error.code.rawValue): \(failure.error.message)"
            StandardErrorLogHandler.offer("janee: error: \(DisplayText.escaped(text))\n")
        }
        if failures.contains(where: \.isFatal) {
            throw CommandFailure("The server does not start, because a provider is not configured correctly.")
        }
    }
}
