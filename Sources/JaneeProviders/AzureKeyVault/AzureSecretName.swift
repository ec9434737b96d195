import JaneeJSON
import JaneeSecrets

/// What a reference names in a vault: a secret, and a version of it.
///
/// The rules are those of "About Azure Key Vault secrets" and of the REST API's `Get Secret`.
struct AzureSecretName: Sendable, Hashable {
    private static let maximumLength = 127

    let name: String
    /// 32 hexadecimal digits.
    let version: String?

    /// Checks a reference without asking the vault.
    ///
    /// - Parameter separator: What joins the segments of a path; without it a path has one.
    /// - Throws: `INVALID_SECRET_URI`.
    init(_ reference: SecretReference, separator: String?) throws(SecretError) {
        if let field = reference.field, field.hasPrefix("/") { _ = try JSONPointer(field) }
        if reference.segments.count > 1 {
            guard let separator else {
                throw SecretError(
                    .invalidSecretURI,
                    "names of secrets in Key Vault have no slashes; set 'pathSeparator: \"--\"' to have them written '--'"
                )
            }
            // Two paths must not be one name.
            guard reference.segments.allSatisfy({ Self.isUnambiguous($0, separator) }) else {
                throw SecretError(
                    .invalidSecretURI,
                    "a segment of the path begins or ends with '-' or holds '\(separator)', so that it could be two paths in"
                        + " Key Vault"
                )
            }
        }
        name = reference.segments.joined(separator: separator ?? "")
        guard (1...Self.maximumLength).contains(name.utf8.count), name.utf8.allSatisfy(Self.isNameByte) else {
            throw SecretError(
                .invalidSecretURI,
                "names of secrets in Key Vault have 1 to \(Self.maximumLength) letters and digits of ASCII and hyphens"
            )
        }
        if let version = reference.version {
            guard version.utf8.count == 32, version.utf8.allSatisfy({ PercentEncoding.hexDigit($0) != nil }) else {
                throw SecretError(.invalidSecretURI, "a version in Key Vault is 32 hexadecimal digits")
            }
        }
        version = reference.version
    }

    private static func isUnambiguous(_ segment: String, _ separator: String) -> Bool {
        !segment.contains(separator) && !segment.hasPrefix("-") && !segment.hasSuffix("-")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xDF) && byte < 0x80
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    }
}
