package import JaneeConfig
import JaneeFiles
package import JaneeSecrets
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The key of the local store: 32 bytes, written as base64.
///
/// It comes from the first of these that is configured: the environment variable `JANEE_MASTER_KEY`, the file named by
/// `JANEE_MASTER_KEY_FILE`, `security.masterKey`, `credentials.json` or the inline `masterKey` of Janee 0.16, or the home's
/// own `master.key`.
package final class MasterKey: Sendable {
    private let home: JaneeHome
    private let substitution: SubstitutionSource
    private let setting: MasterKeySetting?
    private let inline: SecretValue?
    private let observe: @Sendable (SecretValue) -> Void
    private let cached = Mutex<SecretValue?>(nil)
    /// Reads the key where it is a secret of a remote provider; weak, as its providers ask for the key.
    private let secrets = Mutex(WeakManager())

    private struct WeakManager {
        weak var manager: SecretsManager?
    }

    /// - Parameters:
    ///   - setting: `security.masterKey`.
    ///   - inline: The `masterKey` of a configuration in the form of Janee 0.2, as base64.
    ///   - observe: Learns of the key when it has been read.
    package init(
        home: JaneeHome,
        setting: MasterKeySetting?,
        inline: SecretValue? = nil,
        substitution: SubstitutionSource,
        observe: @escaping @Sendable (SecretValue) -> Void = { _ in }
    ) {
        self.observe = observe
        self.home = home
        self.setting = setting
        self.inline = inline
        self.substitution = substitution
    }

    /// The key, read once.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` naming the source that is missing or wrong.
    package func value() async throws(SecretError) -> SecretValue {
        if let key = cached.withLock({ $0 }) { return key }
        let key = try await load()
        observe(key)
        cached.withLock { $0 = key }
        return key
    }

    /// Says who reads the secret that `security.masterKey` names.
    package func read(from manager: SecretsManager) {
        secrets.withLock { $0.manager = manager }
    }

    /// Whether the key has to be asked for elsewhere, so that it cannot be had without a network.
    package var isRemote: Bool {
        let isNamed = ["JANEE_MASTER_KEY", "JANEE_MASTER_KEY_FILE"]
            .contains { substitution.variable($0)?.isEmpty == false }
        return !isNamed && setting?.uri != nil
    }

    private func secret(_ uri: SecretURI, _ manager: SecretsManager) async throws(SecretError) -> SecretValue {
        do throws(SecretError) {
            return try await manager.getSecret(uri, for: nil)
        } catch {
            // An outage passes; that there is no such key is a mistake, and not about the secret that was asked for.
            guard error.code == .secretNotFound || error.code == .providerPermissionDenied else { throw error }
            throw SecretError(
                .providerConfigInvalid,
                "the master key that security.masterKey names cannot be had: \(error.detail)",
                provider: error.provider,
                cause: error
            )
        }
    }

    private func load() async throws(SecretError) -> SecretValue {
        if let text = substitution.variable("JANEE_MASTER_KEY"), !text.isEmpty {
            return try Self.decode(SecretValue(text), from: "JANEE_MASTER_KEY")
        }
        if let path = substitution.variable("JANEE_MASTER_KEY_FILE"), !path.isEmpty {
            return try Self.decode(try file(path), from: "the file named by JANEE_MASTER_KEY_FILE")
        }
        switch setting {
        case .template(let template):
            return try Self.decode(try template.secret(from: substitution), from: "security.masterKey")
        case .secret(let uri):
            guard let manager = secrets.withLock({ $0.manager }) else {
                throw SecretError(
                    .providerConfigInvalid,
                    "security.masterKey names a secret of provider '\(uri.provider)', which cannot be asked here"
                )
            }
            return try Self.decode(try await secret(uri, manager), from: "the secret of security.masterKey")
        case nil: break
        }
        if let key = try legacyKey() { return key }
        return try ownKey()
    }

    /// The file's content; the error does not name the file, in whose place somebody may have written the key itself.
    private func file(_ path: String) throws(SecretError) -> SecretValue {
        do throws(SecretError) {
            return try substitution.file(path)
        } catch {
            throw SecretError(
                .providerConfigInvalid,
                "the file named by JANEE_MASTER_KEY_FILE cannot be used; it must be a regular file of at most 64 KiB that "
                    + "others cannot write"
            )
        }
    }

    /// The key of Janee 0.16, in `credentials.json` or inline in the configuration.
    private func legacyKey() throws(SecretError) -> SecretValue? {
        let key: SecretValue?
        do throws(LegacyCredentialsError) {
            key = try LegacyCredentials.read(home.credentialsFile)?.masterKey
        } catch {
            throw SecretError(.providerConfigInvalid, "the master key cannot be read: \(error)")
        }
        if let key { return try Self.decode(key, from: "masterKey in \(home.credentialsFile)") }
        return try inline.map { key throws(SecretError) in try Self.decode(key, from: "masterKey in the configuration")
        }
    }

    private func ownKey() throws(SecretError) -> SecretValue {
        guard RegularFile.exists(home.masterKeyFile) else {
            throw SecretError(
                .providerConfigInvalid,
                "there is no master key: put \(home.masterKeyFile) back, or set JANEE_MASTER_KEY or JANEE_MASTER_KEY_FILE; "
                    + "a new home gets one with 'janee init'"
            )
        }
        return try Self.decode(SecretValue(try read(home.masterKeyFile, limit: 4096)), from: home.masterKeyFile)
    }

    private func read(_ path: String, limit: Int) throws(SecretError) -> [UInt8] {
        if let finding = PathTrust.examine(path).first(where: \.othersCanWrite) {
            throw SecretError(.providerConfigInvalid, "the master key cannot be trusted: \(finding.advice)")
        }
        do throws(FileError) {
            return try RegularFile.read(path, limit: limit)
        } catch {
            throw SecretError(.providerConfigInvalid, error.description)
        }
    }

    /// The 32 bytes that a text stands for; `source` says where it is from.
    static func decode(_ secret: SecretValue, from source: String) throws(SecretError) -> SecretValue {
        var text = secret.withBytes { Array($0) }[...]
        while let last = text.last, last == 0x0A || last == 0x0D || last == 0x20 { text.removeLast() }
        guard let key = Data(base64Encoded: Data(text)), key.count == 32 else {
            throw SecretError(
                .providerConfigInvalid,
                "the master key from \(source) must be 32 bytes in base64 (such as 'openssl rand -base64 32' prints)"
            )
        }
        return SecretValue(key)
    }

    /// Makes a new key for a home that has none.
    package static func generate() -> String {
        var generator = SystemRandomNumberGenerator()
        return Data((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }).base64EncodedString()
    }
}
