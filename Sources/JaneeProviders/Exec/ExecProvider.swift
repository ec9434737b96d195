import JaneeFiles
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
    private let isDisposed = Mutex(false)

    init(name: ProviderName, settings: ExecSettings, context: ProviderContext) {
        self.name = name
        self.settings = settings
        time = context.time
        command = PluginCommand(
            path: FilesystemProviderDefinition.expand(settings.command, home: context.homeDirectory),
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
        isDisposed.withLock { $0 = true }
        let session = session.withLock { session in
            defer { session = nil }
            return session
        }
        await session?.end(within: PluginCommand.grace, time)
    }

    private func run(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        guard !isDisposed.withLock({ $0 }) else { throw Self.shutDown }
        switch try await PluginRun.run(command, settings.arguments(reference)) {
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
        let sent = time.now
        do throws(SecretError) {
            return try await session.ask(request)
        } catch {
            // Whoever waited has given up after about as long as anybody waits: the plug-in hangs, and the next one that
            // asks gets a new one.
            if error.isCancellation, time.now - sent >= settings.patience * 0.9 { drop(session) }
            throw error
        }
    }

    private func runningSession() throws(SecretError) -> PluginSession {
        guard !isDisposed.withLock({ $0 }) else { throw Self.shutDown }
        return session.withLock { session in
            if let running = session, running.isRunning { return running }
            let new = PluginSession(command, settings.plainArguments)
            session = new
            return new
        }
    }

    private func drop(_ hanging: PluginSession) {
        session.withLock { session in
            if session === hanging { session = nil }
        }
        hanging.abort()
    }

    private static var shutDown: SecretError { SecretError(.providerUnavailable, "the provider is shut down") }
}
