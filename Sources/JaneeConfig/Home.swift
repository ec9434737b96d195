package import JaneeSecrets

/// Where everything of one installation is: `$JANEE_HOME`, else `~/.janee`.
package struct JaneeHome: Sendable, Hashable {
    package let path: String

    /// - Parameters:
    ///   - environment: The value of `JANEE_HOME`; nil or empty means the default.
    ///   - homeDirectory: The user's home directory.
    package init(environment: String?, homeDirectory: String) {
        if let environment, !environment.isEmpty {
            path = environment.count > 1 && environment.hasSuffix("/") ? String(environment.dropLast()) : environment
        } else {
            path = "\(homeDirectory)/.janee"
        }
    }

    /// The policy, in YAML.
    package var configFile: String { "\(path)/config.yaml" }
    /// Held while the policy is changed; it has no content.
    package var configLock: String { "\(path)/.config.lock" }
    /// Master key and secrets of Janee 0.16.
    package var credentialsFile: String { "\(path)/credentials.json" }
    /// The key of the local store, unless it comes from elsewhere.
    package var masterKeyFile: String { "\(path)/master.key" }
    /// The implicit filesystem provider.
    package var credentialsDirectory: String { "\(path)/credentials" }
    /// The directory of the access log in the home.
    package static let accessName = "access"
    /// The access log.
    package var accessDirectory: String { "\(path)/\(Self.accessName)" }
    /// The directory of what `provider refresh` leaves for running servers.
    package static let refreshName = "refresh"
    /// The file that changes when a provider is to be asked anew.
    package func refreshFile(of provider: ProviderName) -> String {
        "\(path)/\(Self.refreshName)/\(provider.folded)"
    }
    /// The audit log.
    package var logsDirectory: String { "\(path)/logs" }
}
