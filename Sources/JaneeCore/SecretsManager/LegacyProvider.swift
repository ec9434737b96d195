package import JaneeConfig
import JaneeProviders
package import JaneeSecrets

/// The secrets that a home written by Janee 0.16 holds for its services: read only, `<service>/<secret>`.
package struct LegacyProvider: SecretsProvider {
    private let credentials: LegacyCredentials
    private let file: String?
    private let masterKey: @Sendable () async throws(SecretError) -> SecretValue

    package let name = ProviderName.legacy
    package var type: String { "janee-0.16" }

    /// - Parameters:
    ///   - credentials: What was there when the configuration was read.
    ///   - file: The `credentials.json` that is read anew each time; nil for values inline in the configuration.
    ///   - masterKey: The key for a file that does not hold its own.
    package init(
        _ credentials: LegacyCredentials,
        file: String?,
        masterKey: @escaping @Sendable () async throws(SecretError) -> SecretValue
    ) {
        self.credentials = credentials
        self.file = file
        self.masterKey = masterKey
    }

    package func initialize() async throws(SecretError) {
        _ = try current()
    }

    package func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        let credentials = try current()
        guard let blob = credentials.blob(reference) else { return nil }
        let key =
            if let own = credentials.masterKey {
                try MasterKey.decode(own, from: source)
            } else {
                try await masterKey()
            }
        do throws(SecretEnvelope.Failure) {
            return try SecretEnvelope.open(Array(blob.utf8), path: reference.path, key: key)
        } catch {
            throw error.error(provider: name, reference)
        }
    }

    package func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        try current().blob(reference) != nil
    }

    package func healthCheck() async -> ProviderHealth {
        do throws(SecretError) {
            _ = try current()
            return .healthy
        } catch {
            return ProviderHealth(healthy: false, error: error.detail)
        }
    }

    package func dispose() async {}

    private var source: String {
        file.map { "masterKey in \($0)" } ?? "masterKey in the configuration"
    }

    private func current() throws(SecretError) -> LegacyCredentials {
        guard let file else { return credentials }
        do throws(LegacyCredentialsError) {
            guard let read = try LegacyCredentials.read(file) else {
                throw LegacyCredentialsError("\(file) is not there any more")
            }
            return read
        } catch {
            throw SecretError(.providerConfigInvalid, error.description, provider: name.spelling)
        }
    }
}
