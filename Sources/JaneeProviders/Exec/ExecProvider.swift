package import JaneeSecrets
import Synchronization

/// Secrets from another program: one run a value, as summon's providers have it, or one program that answers many
/// requests on JSON lines.
package final class ExecProvider: SecretsProvider {
    package let name: ProviderName
    package var type: String { "exec" }

    private let command: PluginCommand
    private let settings: ExecSettings
    private let time: TimeSource
    private let session = Mutex<PluginSession?>(nil)
    private let programs = RunningPrograms()

    init(name: ProviderName, settings: ExecSettings, context: ProviderContext) {
        self.name = name
        self.settings = settings
        time = context.time
        command = PluginCommand(
            path: LocalPath.expanded(settings.command, home: context.homeDirectory),
            passedVariables: settings.passedVariables,
            variable: context.substitution.variable,
            homeDirectory: context.homeDirectory
        )
    }

    package func initialize() async throws(SecretError) {
        try command.check()
        guard settings.mode == .jsonLines else { return }
        try await checkHealth()
    }

    package func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        do throws(SecretError) {
            switch settings.mode {
            case .summon: return try await run(reference)
            case .jsonLines: return try await ask(reference)
            }
        } catch {
            throw error.named(provider: name.spelling, path: reference.displayPath)
        }
    }

    package func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        guard settings.mode == .jsonLines else { return nil }
        switch try await answer(.exists(reference)) {
        case .yes: return true
        case .missing: return false
        case .failed(let error): throw error.named(provider: name.spelling, path: reference.displayPath)
        case .value, .unsupported: return nil
        }
    }

    package func healthCheck() async -> ProviderHealth {
        do throws(SecretError) {
            try command.check()
            if settings.mode == .jsonLines { try await checkHealth() }
            return .healthy
        } catch {
            return ProviderHealth(healthy: false, error: error.detail)
        }
    }

    package func dispose() async {
        let session = session.withLock { $0 }
        await session?.end(within: PluginCommand.grace, time)
        await programs.close(within: PluginCommand.grace * 4, time)
    }

    private func run(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        let arguments = try settings.arguments(reference)
        let run = try programs.begin { [command] in
            await Result { () async throws(SecretError) in try await PluginRun.run(command, arguments) }
        }
        let outcome = await withTaskCancellationHandler {
            await run.value
        } onCancel: {
            run.cancel()
        }
        switch try outcome.get() {
        case .printed(let value): return value
        case .killed: throw SecretError(.providerUnavailable, "a signal ended the command")
        case .failed(let status): return try settings.exitCodes.meaning(of: status)
        }
    }

    private func ask(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        switch try await answer(.get(reference)) {
        case .value(let value):
            guard value.count <= PluginRun.maximumValueBytes else {
                throw SecretError(
                    .providerInternalError,
                    "the plug-in gave a value of more than \(PluginRun.maximumValueBytes) bytes"
                )
            }
            return value
        case .missing: return nil
        case .failed(let error): throw error
        case .yes, .unsupported:
            throw SecretError(.providerInternalError, "the plug-in answered something else than was asked for")
        }
    }

    private func checkHealth() async throws(SecretError) {
        switch try await answer(.health) {
        case .yes, .unsupported: return
        case .failed(let error): throw error.named(provider: name.spelling)
        case .value, .missing:
            throw SecretError(.providerInternalError, "the plug-in answered something else than was asked for")
        }
    }

    /// Asks the running plug-in, or one that is started for it.
    private func answer(_ request: PluginRequest) async throws(SecretError) -> PluginAnswer {
        let session = try runningSession()
        do throws(SecretError) {
            return try await session.ask(request)
        } catch {
            // Whoever waited has given up; if it is the plug-in that hangs, the next one who asks gets a new one.
            if error.isCancellation, session.isHanging(after: settings.patience) { session.abort() }
            throw error
        }
    }

    private func runningSession() throws(SecretError) -> PluginSession {
        var (hanging, failure): (PluginSession?, SecretError?) = (nil, nil)
        let current: PluginSession? = session.withLock { session in
            if let running = session, running.isRunning {
                if !running.isHanging(after: settings.patience) { return running }
                hanging = running
            }
            do throws(SecretError) {
                session = try PluginSession(command, settings.plainArguments, programs, time)
            } catch {
                session = nil
                failure = error
            }
            return session
        }
        hanging?.abort()
        if let current { return current }
        throw failure ?? .cancelled
    }
}

extension Result where Success: Sendable {
    /// The outcome of a body that waits.
    fileprivate init(_ body: () async throws(Failure) -> Success) async {
        do throws(Failure) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
