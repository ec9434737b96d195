public import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads `NAME=value` lines; the file is read anew each time, so a change counts at once.
public struct DotenvProvider: SecretsProvider {
    private static let maximumBytes = 1 << 20

    /// The name under `providers:`.
    public let name: ProviderName
    /// The `type:` of its configuration.
    public var type: String { "dotenv" }
    private let path: String

    /// Makes a provider over a file.
    public init(name: ProviderName, path: String) {
        self.name = name
        self.path = path
    }

    /// Makes sure that the file can be read.
    public func initialize() async throws(SecretError) {
        _ = try content()
    }

    /// The variable of the reference's path; nil if there is none.
    public func getSecret(_ reference: SecretReference) async throws(SecretError) -> SecretValue? {
        try Self.check(reference)
        return try content()[reference.path].map { SecretValue($0) }
    }

    /// Whether there is such a variable.
    public func probe(_ reference: SecretReference) async throws(SecretError) -> Bool? {
        try Self.check(reference)
        return try content()[reference.path] != nil
    }

    /// Whether the file can be read.
    public func healthCheck() async -> ProviderHealth {
        do throws(SecretError) {
            _ = try content()
            return .healthy
        } catch {
            return ProviderHealth(healthy: false, error: error.detail)
        }
    }

    /// There is nothing to end.
    public func dispose() async {}

    /// Refuses what no variable can be named.
    static func check(_ reference: SecretReference) throws(SecretError) {
        guard reference.field == nil, reference.version == nil, reference.segments.count == 1 else {
            throw SecretError(
                .invalidSecretURI,
                "variables have neither fields nor versions, and no '/' in their names"
            )
        }
    }

    /// The variables by name.
    ///
    /// An error says what is wrong in words of its own: the text of the file is full of secrets.
    private func content() throws(SecretError) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.maximumBytes else {
            throw SecretError(
                .providerConfigInvalid,
                "the file cannot be read, or is larger than \(Self.maximumBytes) bytes",
                provider: name.spelling
            )
        }
        var variables: [String: String] = [:]
        // Bytes, because Swift takes CR LF for one character.
        for (index, bytes) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes, as: UTF8.self)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let equals = line.firstIndex(of: "="), !line.unicodeScalars.contains("\u{FFFD}") else {
                throw SecretError(
                    .providerInternalError,
                    "line \(index + 1) of the file is not NAME=value in UTF-8",
                    provider: name.spelling
                )
            }
            variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return variables
    }
}
