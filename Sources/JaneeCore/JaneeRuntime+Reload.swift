package import JaneeConfig
package import JaneeSecrets

extension JaneeRuntime {
    /// What became of a configuration that was read anew.
    package struct Reload: Sendable, Hashable {
        package let services: Int
        package let capabilities: Int
        /// By how much the numbers changed.
        package let servicesChange: Int
        package let capabilitiesChange: Int
        /// The parts that changed but stay as they were until the program is started again.
        package let needsRestart: [String]
    }

    /// Replaces services, capabilities and server settings in one step; calls that run go on as they began.
    ///
    /// Providers stay: they hold logins and connections (RFC 0005, open question 3).
    package func reload(_ configuration: Configuration) throws(SecretError) -> Reload {
        let before = try replace(configuration)
        var restart: [String] = []
        if !before.hasSameProviders(as: configuration) { restart.append("providers") }
        if !before.hasSameSecurity(as: configuration) { restart.append("security") }
        return Reload(
            services: configuration.services.count,
            capabilities: configuration.capabilities.count,
            servicesChange: configuration.services.count - before.services.count,
            capabilitiesChange: configuration.capabilities.count - before.capabilities.count,
            needsRestart: restart
        )
    }
}
