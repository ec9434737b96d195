import JaneeJSON
import JaneeSecrets

/// What a JSON Web Token says of itself, for the words of an error: nothing here is verified or decides anything.
struct JWTClaims: Sendable {
    let subject: String?
    let audiences: [String]
    /// Seconds since 1970.
    let expiry: Int?

    /// Nil if the text is no signed token in the compact form (RFC 7519).
    init?(_ token: SecretValue) {
        let payload: String? = token.withBytes { bytes in
            let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard parts.count == 3, bytes.count <= 64 << 10 else { return nil }
            return Base64Text.decode(String(decoding: parts[1], as: UTF8.self))
        }
        guard let payload, let json = try? JSONReader.parse(payload), json.objectValue != nil else { return nil }
        subject = json["sub"]?.stringValue.flatMap(Self.shown)
        let audience = json["aud"]
        audiences = (audience?.arrayValue ?? [audience].compactMap { $0 })
            .compactMap { $0.stringValue.flatMap(Self.shown) }
        expiry = json["exp"]?.intValue
    }

    /// Words for operators: for whom the token is, for whose eyes, and how long it is good at `now`, seconds since 1970.
    func description(at now: Duration) -> String {
        var parts: [String] = []
        if let subject { parts.append("its subject is '\(subject)'") }
        if !audiences.isEmpty {
            parts.append("its audience is \(audiences.prefix(4).map { "'\($0)'" }.joined(separator: ", "))")
        }
        if let expiry {
            let left = expiry - Int(now.components.seconds)
            parts.append(left > 0 ? "it expires in \(left) seconds" : "it expired \(-left) seconds ago")
        }
        return parts.isEmpty ? "it names neither subject nor audience" : parts.joined(separator: ", ")
    }

    /// A name that can be shown: not long, and of visible characters of ASCII.
    private static func shown(_ text: String) -> String? {
        text.utf8.count <= 200 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "'") }
            ? text : nil
    }
}
