import JaneeJSON
import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The value of a secret, as `GetSecretValue` and `BatchGetSecretValue` have it.
enum SecretContent {
    private static let limits = JSONLimits(maximumBytes: AWSClient.largestSecret, maximumDepth: 64)

    /// The secret, or a field of it.
    ///
    /// - Parameters:
    ///   - answer: An object with `SecretString` or `SecretBinary`.
    ///   - field: The key of a JSON object, or a JSON pointer (RFC 6901) where it begins with a slash.
    /// - Throws: `SECRET_NOT_FOUND` if the secret has no such field, `PROVIDER_CONFIG_INVALID` if it has no fields at all.
    static func value(_ answer: JSONValue, field: String?) throws(SecretError) -> SecretValue {
        let bytes: [UInt8]
        if let text = answer["SecretString"]?.stringValue {
            bytes = Array(text.utf8)
        } else if let text = answer["SecretBinary"]?.stringValue, let data = Data(base64Encoded: text) {
            bytes = Array(data)
            guard String(validating: bytes, as: UTF8.self) != nil else {
                throw SecretError(
                    .providerConfigInvalid,
                    "the secret is binary and not text, which cannot be put into a request"
                )
            }
        } else {
            throw SecretError(.providerInternalError, "the answer has no value, or none that can be decoded")
        }
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
