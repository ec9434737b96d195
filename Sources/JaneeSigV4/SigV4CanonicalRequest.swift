import Crypto
import JaneeSecrets

/// The text of a request whose digest is signed.
///
/// Rules: "Create a signed AWS API request" in the IAM User Guide of AWS.
struct SigV4CanonicalRequest {
    /// A piece of the text.
    enum Piece {
        case text(String)
        case secret(SecretValue)
    }

    /// Proxies change or remove these, and clients add them after the signature.
    private static let unsignedHeaders: Set<String> = [
        "authorization", "baggage", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent",
        "x-amzn-trace-id",
    ]

    /// The canonical query.
    var query: String
    /// The names of the headers in the text, with semicolons between.
    let signedHeaders: String
    private let start: String
    private let headers: [Piece]
    private let bodyDigest: String

    /// - Parameters:
    ///   - time: The value of `x-amz-date`, if that is a header.
    ///   - token: The value of `x-amz-security-token`, if that is a header.
    ///   - normalizesPath: Whether empty and dot segments are removed, as all services but S3 have it.
    init(_ request: SigV4Request, time: String?, token: SecretValue?, normalizesPath: Bool) {
        var headers: [String: [Piece]] = [:]
        for (name, value) in request.headers {
            let name = name.lowercased()
            guard !Self.unsignedHeaders.contains(name) else { continue }
            headers[name, default: []] +=
                (headers[name] == nil ? [] : [.text(",")]) + [.text(Self.canonicalValue(value))]
        }
        // What the signer sets takes the place of what was there, such as the date of an earlier signature.
        headers["host"] = [.text(Self.canonicalValue(request.host))]
        if let time { headers["x-amz-date"] = [.text(time)] }
        if let token { headers["x-amz-security-token"] = [.secret(token)] }
        let sorted = headers.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        query = Self.query(request.query)
        signedHeaders = sorted.map(\.key).joined(separator: ";")
        start = "\(request.method)\n\(Self.path(request.path, normalizes: normalizesPath))\n"
        self.headers = sorted.flatMap { name, value in [.text(name + ":")] + value + [.text("\n")] }
        bodyDigest = SHA256.hash(data: request.body).hexadecimal
    }

    /// The text, in order.
    var pieces: [Piece] {
        [.text("\(start)\(query)\n")] + headers + [.text("\n\(signedHeaders)\n\(bodyDigest)")]
    }

    /// The digest of the text, in hexadecimal.
    var digest: String {
        var hash = SHA256()
        for piece in pieces {
            switch piece {
            case .text(let text): hash.update(data: Array(text.utf8))
            case .secret(let secret): secret.withBytes { hash.update(bufferPointer: $0) }
            }
        }
        return hash.finalize().hexadecimal
    }
}

extension SigV4CanonicalRequest {
    /// The path with every segment encoded once more than it is sent.
    static func path(_ path: String, normalizes: Bool) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard normalizes else {
            let text = segments.map(PercentEncoding.encodeSegment).joined(separator: "/")
            return text.isEmpty ? "/" : text
        }
        var kept: [String] = []
        for segment in segments {
            switch segment {
            case "", ".": break
            case "..": _ = kept.popLast()
            default: kept.append(segment)
            }
        }
        let end = path.utf8.last == UInt8(ascii: "/") && !kept.isEmpty ? "/" : ""
        return "/" + kept.map(PercentEncoding.encodeSegment).joined(separator: "/") + end
    }

    /// The parameters of a query, with one spelling for every byte and in the order of their bytes.
    static func query(_ query: String) -> String {
        let parameters = query.split(separator: "&")
            .map { parameter -> (name: String, value: String) in
                let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (respelled(parts[0]), parts.count > 1 ? respelled(parts[1]) : "")
            }
        return
            parameters.sorted { left, right in
                left.name == right.name
                    ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
                    : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
            }
            .map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
    }

    /// Decodes and encodes; a percent sign that begins no escape stands for itself.
    private static func respelled(_ text: Substring) -> String {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = PercentEncoding.hexDigit(bytes[index + 1]),
                let low = PercentEncoding.hexDigit(bytes[index + 2])
            {
                byte = high << 4 | low
                index += 2
            }
            if PercentEncoding.isUnreserved(byte) {
                output.append(byte)
            } else {
                PercentEncoding.appendEscape(of: byte, to: &output)
            }
            index += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// A value without white space around it, and with single spaces inside.
    private static func canonicalValue(_ value: String) -> String {
        value.utf8.split { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.map { String(Substring($0)) }.joined(separator: " ")
    }
}
