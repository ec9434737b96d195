import JaneeJSON
import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The value of a secret, as `GetSecretValue` and `BatchGetSecretValue` have it.
enum SecretContent {
    /// The secret, or a field of it.
    ///
    /// - Parameters:
    ///   - answer: An object with `SecretString` or `SecretBinary`.
    ///   - field: What ``SecretDocument`` takes.
    static func value(_ answer: JSONValue, field: String?) throws(SecretError) -> SecretValue {
        if let text = answer["SecretString"]?.stringValue {
            return try SecretDocument.value(Array(text.utf8), field: field)
        }
        guard let text = answer["SecretBinary"]?.stringValue, let data = Data(base64Encoded: text) else {
            throw SecretError(.providerInternalError, "the answer has no value, or none that can be decoded")
        }
        let bytes = Array(data)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw SecretError(
                .providerConfigInvalid,
                "the secret is binary and not text, which cannot be put into a request"
            )
        }
        return try SecretDocument.value(bytes, field: field)
    }
}
