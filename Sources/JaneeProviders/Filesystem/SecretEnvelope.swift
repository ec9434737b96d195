import Crypto
package import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The content of a secret's file.
///
/// Two formats exist, both AES-256-GCM with a random 96-bit nonce and a 128-bit tag:
/// - of Janee 0.16: `base64(nonce ‖ tag ‖ ciphertext)`, bound to nothing; read for ever, never written;
/// - version 1: `janee:1:` and the same base64, with `janee:1:<path>` as associated data, so that a file copied over
///   another one is noticed.
package enum SecretEnvelope {
    static let marker = "janee:1:"
    private static let nonceLength = 12
    private static let tagLength = 16

    package enum Failure: Error {
        case malformed
        case wrongKeyOrChanged
        case invalidKey

        /// The failure of reading or writing a secret.
        package func error(provider: ProviderName, _ reference: SecretReference) -> SecretError {
            let (code, detail): (SecretError.Code, String) =
                switch self {
                case .malformed:
                    (.providerInternalError, "what is stored is not an encrypted secret; store it again")
                case .wrongKeyOrChanged:
                    (
                        .providerInternalError,
                        "the stored secret cannot be decrypted: it was made with another master key, or was changed or moved"
                    )
                case .invalidKey: (.providerConfigInvalid, "the master key is not 32 bytes")
                }
            return SecretError(code, detail, provider: provider.spelling, path: reference.displayPath)
        }
    }

    static func seal(_ value: SecretValue, path: String, key: SecretValue) throws(Failure) -> [UInt8] {
        let key = try symmetricKey(key)
        let box: AES.GCM.SealedBox
        do {
            box = try value.withBytes { bytes in
                try AES.GCM.seal(bytes, using: key, authenticating: Array((marker + path).utf8))
            }
        } catch {
            throw .invalidKey
        }
        let blob = Data(box.nonce) + box.tag + box.ciphertext
        return Array(marker.utf8) + Array(blob.base64EncodedString().utf8) + [0x0A]
    }

    package static func open(_ content: [UInt8], path: String, key: SecretValue) throws(Failure) -> SecretValue {
        let key = try symmetricKey(key)
        var text = content[...]
        while let last = text.last, last == 0x0A || last == 0x0D || last == 0x20 { text.removeLast() }
        let isBound = text.starts(with: marker.utf8)
        if isBound { text = text.dropFirst(marker.utf8.count) }
        guard let blob = Data(base64Encoded: Data(text)), blob.count >= nonceLength + tagLength else {
            throw .malformed
        }
        let tagStart = blob.startIndex + nonceLength
        let textStart = tagStart + tagLength
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: blob[..<tagStart]),
                ciphertext: blob[textStart...],
                tag: blob[tagStart..<textStart]
            )
            let associated = isBound ? Array((marker + path).utf8) : []
            var plain = try AES.GCM.open(box, using: key, authenticating: associated)
            defer { plain.resetBytes(in: plain.startIndex..<plain.endIndex) }
            return SecretValue(plain)
        } catch {
            throw .wrongKeyOrChanged
        }
    }

    private static func symmetricKey(_ key: SecretValue) throws(Failure) -> SymmetricKey {
        guard key.count == 32 else { throw .invalidKey }
        return key.withBytes { SymmetricKey(data: $0) }
    }
}
