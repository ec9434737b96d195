import JaneeSecrets
import Logging

@testable import JaneeCore

extension SecretsManager {
    /// A manager with the system's clocks whose log nobody reads.
    static func forTests(
        defaultProvider: ProviderName = .local,
        time: TimeSource = .system,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        metrics: JaneeMetrics = .disabled,
        report: @escaping @Sendable (SecretAccess) -> Void = { _ in },
        observe: @escaping @Sendable (SecretValue) -> Void = { _ in }
    ) -> SecretsManager {
        SecretsManager(
            defaultProvider: defaultProvider,
            time: time,
            logger: logger,
            metrics: metrics,
            report: report,
            observe: observe
        )
    }
}
