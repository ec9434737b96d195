package import JaneeAuth
package import JaneeConfig
import JaneeFiles
import JaneeProviders
package import JaneeSecrets
package import Logging
import Synchronization

/// The program put together from one configuration: what `serve` runs and other commands use parts of.
package final class JaneeRuntime: Sendable {
    /// The types a configuration may use: those built in and those a third party adds.
    package struct Extensions: Sendable {
        package var providers: [any ProviderDefinition]
        package var authMethods: [any AuthMethod]

        package static let builtin = Extensions(providers: BuiltinProviders.all, authMethods: BuiltinAuthMethods.all)

        package init(providers: [any ProviderDefinition], authMethods: [any AuthMethod]) {
            self.providers = providers
            self.authMethods = authMethods
        }
    }

    private struct State {
        var configuration: Configuration
        var policy: PolicySnapshot
    }

    package let secrets: SecretsManager
    private let metrics: JaneeMetrics
    /// The auth types that can be used.
    let authMethods: [any AuthMethod]
    private let state: Mutex<State>

    /// Compiles the policy and makes the providers; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - metrics: Counts what happens.
    ///   - report: Takes the record of each read of a secret.
    ///   - observe: Learns of every secret that is read, so that it can be kept out of logs.
    package init(
        configuration: Configuration,
        extensions: Extensions,
        home: JaneeHome,
        context: ProviderContext,
        metrics: JaneeMetrics = .disabled,
        report: @escaping @Sendable (SecretAccess) -> Void = { _ in },
        observe: @escaping @Sendable (SecretValue) -> Void = { _ in }
    ) throws(SecretError) {
        authMethods = extensions.authMethods
        self.metrics = metrics
        state = Mutex(State(configuration: configuration, policy: try Self.compile(configuration, authMethods)))
        secrets = try Self.makeSecretsManager(configuration, home: home, context: context, metrics, report, observe)
    }

    /// The policy of this moment; every decision asks anew.
    package var currentPolicy: PolicySnapshot {
        state.withLock { $0.policy }
    }

    /// The configuration of this moment.
    package var configuration: Configuration {
        state.withLock { $0.configuration }
    }

    /// Puts another configuration in place, and gives back the one before.
    func replace(_ configuration: Configuration) throws(SecretError) -> Configuration {
        let policy = try Self.compile(configuration, authMethods)
        return state.withLock { state in
            defer { state = State(configuration: configuration, policy: policy) }
            return state.configuration
        }
    }

    /// Starts the providers that services use or that are to start anyway, and goes on with them in the background.
    ///
    /// - Returns: What does not work; after something fatal nothing goes on.
    package func startProviders() async -> [SecretsManager.StartFailure] {
        let uses = configuration.uses
        let names = configuration.neededProviders
        let failures = await secrets.start(names)
        if !failures.contains(where: \.isFatal) { secrets.watch(names, uses) }
        return failures
    }

    /// How the providers stand that services use or that are to start anyway.
    package var standing: [SecretsManager.Standing] {
        secrets.standing(configuration.neededProviders)
    }

    /// Brings what is counted up to date, where that depends on the time.
    package func updateGauges() {
        secrets.updateGauges()
    }

    private static func compile(
        _ configuration: Configuration,
        _ authMethods: [any AuthMethod]
    ) throws(SecretError) -> PolicySnapshot {
        do throws(ConfigRuleError) {
            return try PolicySnapshot(configuration, authMethods: authMethods)
        } catch {
            throw SecretError(.providerConfigInvalid, "a rule of capability '\(error.capability)' \(error.message)")
        }
    }

    private static func makeSecretsManager(
        _ configuration: Configuration,
        home: JaneeHome,
        context: ProviderContext,
        _ metrics: JaneeMetrics,
        _ report: @escaping @Sendable (SecretAccess) -> Void,
        _ observe: @escaping @Sendable (SecretValue) -> Void
    ) throws(SecretError) -> SecretsManager {
        let declared = configuration.defaultProvider
        let manager = SecretsManager(
            defaultProvider: declared?.name ?? .local,
            time: context.time,
            logger: context.logger,
            metrics: metrics,
            refreshed: { FileStamp(home.refreshFile(of: $0)) },
            report: report,
            observe: observe
        )
        for entry in configuration.providers {
            do throws(SecretError) {
                let provider = try entry.definition.makeProvider(
                    name: entry.name,
                    configuration: entry.section,
                    context: context
                )
                try manager.registerProvider(
                    provider,
                    limits: entry.definition.limits(configuration: entry.section)
                )
            } catch {
                try manager.registerRefusal(error, as: entry.name)
            }
        }
        if let legacy = configuration.legacy {
            let file = legacy.isInline ? nil : home.credentialsFile
            let provider = LegacyProvider(legacy, file: file, masterKey: context.masterKey)
            try manager.registerProvider(provider, limits: .local)
        }
        if declared == nil {
            try manager.registerProvider(
                FilesystemProvider(name: .local, path: home.credentialsDirectory, context: context),
                limits: .local
            )
        }
        return manager
    }

    /// The road for calls.
    package func makeProxy(transport: any HTTPTransport, audit: AuditLog, logger: Logger) -> Proxy {
        Proxy(
            policy: { [self] in currentPolicy },
            secrets: secrets,
            transport: transport,
            audit: audit,
            metrics: metrics,
            logger: logger
        )
    }
}
