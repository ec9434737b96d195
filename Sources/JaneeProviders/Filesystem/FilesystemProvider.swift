import JaneeFiles
package import JaneeSecrets
import Logging

/// Secrets as encrypted files in one directory, readable by their owner only.
///
/// A path's segments are directories and, last, a file. Nothing outside the directory is reachable: every step refuses
/// links. Reading never waits for anything but the disk.
package struct FilesystemProvider: WritableSecretsProvider {
    /// The largest value, in bytes.
    package static let maximumValueBytes = 1 << 20

    package let name: ProviderName
    package var type: String { "filesystem" }
    /// The directory.
    package let path: String
    private let context: ProviderContext

    package init(name: ProviderName, path: String, context: ProviderContext) {
        self.name = name
        self.context = context
        var trimmed = path[...]
        // With a slash at the end the system would follow a link in place of the directory.
        while trimmed.utf8.count > 1, trimmed.utf8.last == UInt8(ascii: "/") { trimmed.removeLast() }
        self.path = String(trimmed)
    }

    package func initialize() async throws(SecretError) {
        // Without its key no secret can be read, so this is found out now.
        _ = try await context.masterKey()
        for finding in try examine() { context.logger.warning("provider '\(name)': the store: \(finding.advice)") }
    }

    package func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        try FilesystemProviderDefinition.check(reference)
        guard let directory = try directory(of: reference) else { return nil }
        let content = try located(reference) { () throws(FileError) -> [UInt8]? in
            // A directory has the name where only longer paths are stored.
            guard try directory.kind(of: reference.lastSegment) != .directory else { return nil }
            return try directory.read(reference.lastSegment, limit: 2 * Self.maximumValueBytes)
        }
        guard let content else { return nil }
        let key = try await context.masterKey()
        do throws(SecretEnvelope.Failure) {
            return try SecretEnvelope.open(content, path: reference.path, key: key)
        } catch {
            throw error.error(provider: name, reference)
        }
    }

    package func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        try FilesystemProviderDefinition.check(reference)
        guard let directory = try directory(of: reference) else { return false }
        return try located(reference) { () throws(FileError) in try directory.kind(of: reference.lastSegment) } == .file
    }

    package func setSecret(_ reference: SecretReference, value: SecretValue) async throws(SecretError) {
        let content = try await sealed(value, for: reference)
        try located(reference) { () throws(FileError) in
            try write(content, to: reference)
        }
    }

    package func createSecret(_ reference: SecretReference, value: SecretValue) async throws(SecretError) -> Bool {
        let content = try await sealed(value, for: reference)
        return try located(reference) { () throws(FileError) in
            do throws(FileError) {
                try write(content, to: reference, replacing: false)
                return true
            } catch {
                guard error.isTaken else { throw error }
                return false
            }
        }
    }

    /// The file of a value, for a store that can be written.
    private func sealed(_ value: SecretValue, for reference: SecretReference) async throws(SecretError) -> [UInt8] {
        try FilesystemProviderDefinition.check(reference)
        guard value.count <= Self.maximumValueBytes else {
            throw SecretError(
                .providerInternalError,
                "the value has \(value.count) bytes; at most \(Self.maximumValueBytes) can be stored",
                provider: name.spelling
            )
        }
        let key = try await context.masterKey()
        let content: [UInt8]
        do throws(SecretEnvelope.Failure) {
            content = try SecretEnvelope.seal(value, path: reference.path, key: key)
        } catch {
            throw error.error(provider: name, reference)
        }
        try examine()
        return content
    }

    package func deleteSecret(_ reference: SecretReference) async throws(SecretError) -> Bool {
        try FilesystemProviderDefinition.check(reference)
        try examine()
        guard let directory = try directory(of: reference) else { return false }
        let removed = try located(reference) { () throws(FileError) in
            guard try directory.kind(of: reference.lastSegment) != .directory else { return false }
            return try directory.remove(reference.lastSegment)
        }
        if removed { removeEmptyDirectories(above: reference) }
        return removed
    }

    package func listSecrets() async throws(SecretError) -> [SecretReference] {
        try examine()
        guard let root = try root() else { return [] }
        var found: [SecretReference] = []
        do throws(FileError) {
            try collect(root, prefix: "", into: &found)
        } catch {
            throw wrapped(error, nil)
        }
        return found.sorted { $0.path < $1.path }
    }

    package func healthCheck() async -> ProviderHealth {
        do throws(SecretError) {
            try examine()
            return .healthy
        } catch {
            return ProviderHealth(healthy: false, error: error.detail)
        }
    }

    package func dispose() async {}
}
