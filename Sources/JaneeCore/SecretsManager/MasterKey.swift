package import JaneeConfig
import JaneeFiles
import JaneeJSON
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
/// `JANEE_MASTER_KEY_FILE`, `security.masterKey`, `credentials.json` of Janee 0.16, or the home's own `master.key`.
package final class MasterKey: Sendable {
    private let home: JaneeHome
    private let substitution: SubstitutionSource
    private let setting: MasterKeySetting?
    private let cached = Mutex<SecretValue?>(nil)

    package init(home: JaneeHome, setting: MasterKeySetting?, substitution: SubstitutionSource) {
        self.home = home
        self.setting = setting
        self.substitution = substitution
    }

    /// The key, read once.
    ///
    /// - Throws: `PROVIDER_CONFIG_INVALID` naming the source that is missing or wrong.
    package func value() throws(SecretError) -> SecretValue {
        if let key = cached.withLock({ $0 }) { return key }
        let key = try load()
        cached.withLock { $0 = key }
        return key
    }

    private func load() throws(SecretError) -> SecretValue {
        if let text = substitution.variable("JANEE_MASTER_KEY"), !text.isEmpty {
            return try decode(Array(text.utf8), from: "JANEE_MASTER_KEY")
        }
        if let path = substitution.variable("JANEE_MASTER_KEY_FILE"), !path.isEmpty {
            return try decode(try file(path), from: "the file named by JANEE_MASTER_KEY_FILE")
        }
        switch setting {
        case .template(let template):
            return try decode(try template.secret(from: substitution), from: "security.masterKey")
        case .secret(let uri):
            throw SecretError(
                .providerConfigInvalid,
                "security.masterKey names a secret of provider '\(uri.provider)', whose type is not usable in this version"
            )
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
                "the file named by JANEE_MASTER_KEY_FILE cannot be read; it must be a regular file of at most 64 KiB"
            )
        }
    }

    private func legacyKey() throws(SecretError) -> SecretValue? {
        guard RegularFile.exists(home.credentialsFile) else { return nil }
        let bytes = try read(home.credentialsFile, limit: 16 << 20)
        guard let document = try? JSONReader.parse(bytes) else {
            throw SecretError(.providerConfigInvalid, "\(home.credentialsFile) is not valid JSON")
        }
        guard let text = document["masterKey"]?.stringValue else { return nil }
        return try decode(Array(text.utf8), from: "masterKey in \(home.credentialsFile)")
    }

    private func ownKey() throws(SecretError) -> SecretValue {
        guard RegularFile.exists(home.masterKeyFile) else {
            throw SecretError(
                .providerConfigInvalid,
                "there is no master key: run 'janee init', or set JANEE_MASTER_KEY or JANEE_MASTER_KEY_FILE"
            )
        }
        return try decode(try read(home.masterKeyFile, limit: 4096), from: home.masterKeyFile)
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

    private func decode(_ secret: SecretValue, from source: String) throws(SecretError) -> SecretValue {
        try decode(secret.withBytes { Array($0) }, from: source)
    }

    private func decode(_ text: [UInt8], from source: String) throws(SecretError) -> SecretValue {
        var text = text[...]
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
