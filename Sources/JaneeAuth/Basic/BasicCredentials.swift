import JaneeSecrets

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A user name and a password as HTTP basic authentication sends them: base64 of `user:password` (RFC 7617).
struct BasicCredentials {
    /// `user:password`.
    let pair: SecretValue
    /// What follows the colon.
    let password: SecretValue

    init(user: SecretValue, password: SecretValue) {
        let colon = [UInt8(ascii: ":")]
        pair = SecretValue(user.withBytes { Array($0) } + colon + password.withBytes { Array($0) })
        self.password = password
    }

    /// Reads the value of an `Authorization` header; nil if it is not `Basic <base64>`.
    init?(header: SecretValue) {
        let decoded = header.withBytes { bytes -> Data? in
            let scheme = bytes.prefix(6).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            guard scheme == Array("basic ".utf8) else { return nil }
            return Data(base64Encoded: Data(bytes.dropFirst(6).drop { $0 == 0x20 }))
        }
        guard let decoded, let colon = decoded.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        pair = SecretValue(decoded)
        password = SecretValue(decoded[(colon + 1)...])
    }

    /// The base64 of the pair.
    var encoded: SecretValue {
        SecretValue(pair.withBytes { Data($0) }.base64EncodedData())
    }

    /// What must not come back in an answer.
    var secrets: [SecretValue] { [pair, password, encoded] }
}
