import Crypto
import CryptoExtras
import JaneeJSON
import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A JSON Web Token with which an application proves that it has the key of its certificate.
///
/// Rules: "Microsoft identity platform application authentication certificate credentials"; RFC 7523.
struct ClientAssertion: Sendable {
    private static let lifetime = 600

    private let thumbprint: String
    private let key: _RSA.Signing.PrivateKey

    /// - Parameters:
    ///   - certificate: A file in PEM; the first certificate counts.
    ///   - key: A file in PEM with an RSA key, which may be the same file.
    /// - Throws: `PROVIDER_CONFIG_INVALID`.
    init(certificate: SecretValue, key: SecretValue) throws(SecretError) {
        guard let der = Self.block("CERTIFICATE", in: certificate.text ?? "") else {
            throw SecretError(.providerConfigInvalid, "the certificateFile holds no certificate in PEM")
        }
        thumbprint = Self.base64URL(Array(SHA256.hash(data: der)))
        let text = key.text ?? ""
        guard !text.contains("ENCRYPTED") else {
            throw SecretError(
                .providerConfigInvalid,
                "the key of the certificate is encrypted; store it without a password"
            )
        }
        guard let der = Self.block("PRIVATE KEY", in: text) ?? Self.block("RSA PRIVATE KEY", in: text),
            let key = try? _RSA.Signing.PrivateKey(derRepresentation: der)
        else {
            throw SecretError(
                .providerConfigInvalid,
                "the keyFile, or the certificateFile if that is absent, holds no RSA key of 2048 or more bits in PEM"
            )
        }
        self.key = key
    }

    /// The token.
    ///
    /// - Parameters:
    ///   - audience: The address of the token endpoint.
    ///   - time: The time since 1970.
    func text(client: String, audience: String, at time: Duration) throws(SecretError) -> String {
        let now = Int(time.components.seconds)
        let header: JSONObject = ["alg": "PS256", "typ": "JWT", "x5t#S256": .string(thumbprint)]
        let claims: JSONObject = [
            "aud": .string(audience), "iss": .string(client), "sub": .string(client), "jti": .string(Self.unique()),
            "nbf": .number(JSONNumber(now)), "iat": .number(JSONNumber(now)),
            "exp": .number(JSONNumber(now + Self.lifetime)),
        ]
        let signed = [header, claims].map { Self.base64URL(JSONValue.object($0).bytes) }.joined(separator: ".")
        guard let signature = try? key.signature(for: SHA256.hash(data: Array(signed.utf8)), padding: .PSS) else {
            throw SecretError(.providerConfigInvalid, "the key of the certificate cannot sign")
        }
        return signed + "." + Self.base64URL(Array(signature.rawRepresentation))
    }

    private static func unique() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }.hexadecimal
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The content of the first block of a kind in PEM (RFC 7468).
    private static func block(_ label: String, in text: String) -> [UInt8]? {
        guard let start = text.firstRange(of: "-----BEGIN \(label)-----")?.upperBound,
            let end = text[start...].firstRange(of: "-----END \(label)-----")?.lowerBound
        else { return nil }
        let content = text[start..<end].filter { !$0.isWhitespace }
        return Data(base64Encoded: String(content)).map { Array($0) }
    }
}
