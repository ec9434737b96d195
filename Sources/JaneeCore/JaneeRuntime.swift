package import JaneeAuth
package import JaneeConfig
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

    package let configuration: Configuration
    package let secrets: SecretsManager
    /// The auth types that can be used.
    let authTypes: Set<String>
    private let policy: Mutex<PolicySnapshot>

    /// Compiles the policy and makes the providers; nothing is connected yet.
    package init(
        configuration: Configuration,
        extensions: Extensions,
        home: JaneeHome,
        context: ProviderContext
    ) throws(SecretError) {
        self.configuration = configuration
        authTypes = Set(extensions.authMethods.map(\.type))
        do throws(ConfigRuleError) {
            policy = Mutex(try PolicySnapshot(configuration, authMethods: extensions.authMethods))
        } catch {
            throw SecretError(.providerConfigInvalid, "a rule of capability '\(error.capability)' \(error.message)")
        }
        secrets = try Self.makeSecretsManager(configuration, home: home, context: context)
    }

    /// The policy of this moment; every decision asks anew.
    package var currentPolicy: PolicySnapshot {
        policy.withLock { $0 }
    }

    private static func makeSecretsManager(
        _ configuration: Configuration,
        home: JaneeHome,
        context: ProviderContext
    ) throws(SecretError) -> SecretsManager {
        let declared = configuration.defaultProvider
        let manager = SecretsManager(defaultProvider: declared?.name ?? .local)
        for entry in configuration.providers {
            do throws(SecretError) {
                let provider = try entry.definition.makeProvider(
                    name: entry.name,
                    configuration: entry.section,
                    context: context
                )
                try manager.registerProvider(provider)
            } catch {
                try manager.registerRefusal(error, as: entry.name)
            }
        }
        if declared == nil {
            try manager.registerProvider(
                FilesystemProvider(name: .local, path: home.credentialsDirectory, context: context)
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
            logger: logger
        )
    }
}
