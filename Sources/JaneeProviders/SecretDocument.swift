import JaneeJSON
import JaneeSecrets

/// A secret that a back end keeps as one text, whole or one field of it.
enum SecretDocument {
    private static let limits = JSONLimits(maximumBytes: 1 << 20, maximumDepth: 64)

    /// The secret, or a field of it.
    ///
    /// - Parameter field: The key of a JSON object, or a JSON pointer (RFC 6901) where it begins with a slash.
    /// - Throws: `SECRET_NOT_FOUND` if the secret has no such field, `PROVIDER_CONFIG_INVALID` if it has no fields at all.
    static func value(_ bytes: [UInt8], field: String?) throws(SecretError) -> SecretValue {
        guard let field else { return SecretValue(bytes) }
        guard let document = try? JSONReader.parse(bytes, limits: limits),
            document.objectValue != nil || document.arrayValue != nil
        else {
            throw SecretError(.providerConfigInvalid, "the reference names a field, but the secret is not JSON")
        }
        let found = field.hasPrefix("/") ? try JSONPointer(field).value(in: document) : document[field]
        guard let found else { throw SecretError(.secretNotFound, "the secret has no such field") }
        guard let value = try JSONFieldValue.value(found, mayBeStructured: true) else {
            throw SecretError(.secretNotFound, "the field is null")
        }
        return value
    }
}
