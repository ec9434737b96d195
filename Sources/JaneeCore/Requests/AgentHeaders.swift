package import HTTPTypes

/// Which request headers agents may send.
package enum AgentHeaders {
    /// The most headers of one request.
    package static let maximumCount = 64
    /// The longest value, in bytes.
    package static let maximumValueLength = 8 * 1024

    /// Headers that describe the content, the wanted answer or the API's version, and nothing else.
    ///
    /// Not among them are headers that choose the operation or the account, which rules do not see, and `Range`, with
    /// which an answer that repeats the credential could be had in pieces that no longer show it.
    private static let allowed: Set<String> = [
        "accept", "accept-language", "cache-control", "content-disposition", "content-language", "content-md5",
        "content-type", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "pragma", "prefer",
        "user-agent",
        "idempotency-key", "x-idempotency-key", "x-request-id", "x-correlation-id", "request-id", "client-request-id",
        "traceparent", "tracestate",
        "api-version", "x-api-version", "x-ms-version", "x-github-api-version", "stripe-version", "notion-version",
        "anthropic-version", "anthropic-beta", "openai-beta", "linkedin-version", "square-version", "intercom-version",
        "graphql-preflight", "apollo-require-preflight", "consistencylevel", "x-goog-fieldmask",
    ]

    /// Headers the broker owns or that change the meaning of a request; no configuration opens them.
    package static let forbidden: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "proxy-authorization", "proxy-authenticate", "proxy-connection", "http2-settings", "accept-encoding",
        "authorization", "cookie", "cookie2", "set-cookie", "forwarded", "via", "x-real-ip", "x-client-ip",
        "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip", "x-original-url", "x-original-uri",
        "x-original-method", "x-rewrite-url", "x-override-url", "x-http-method", "x-http-method-override",
        "x-method-override", "x-host", "x-wap-profile",
    ]
    private static let forbiddenPrefixes = ["x-forwarded", "proxy-", "x-janee-", "sec-"]

    /// Whether no configuration may open the header.
    package static func isForbidden(_ lowerCaseName: String) -> Bool {
        // Gateways in the manner of CGI make no difference between `_` and `-`.
        let name = String(decoding: lowerCaseName.utf8.map { $0 == 0x5F ? 0x2D : $0 }, as: UTF8.self)
        return forbidden.contains(name) || forbiddenPrefixes.contains { name.hasPrefix($0) }
    }

    /// Checks an agent's headers and sorts them by name.
    ///
    /// - Parameters:
    ///   - owned: The headers that the service's auth type sets.
    ///   - extra: Lower-case names that the operator allows for the service.
    package static func parse(
        _ headers: [(name: String, value: String)],
        owned: [HTTPField.Name],
        extra: Set<String>
    ) throws(RequestRefusal) -> [CanonicalRequest.Header] {
        guard headers.count <= maximumCount else {
            throw RequestRefusal("headers: more than \(maximumCount)")
        }
        var checked: [CanonicalRequest.Header] = []
        for (text, value) in headers {
            guard text.utf8.count <= 128, let name = HTTPField.Name(text) else {
                throw RequestRefusal("headers: a name is not a valid header name")
            }
            let lower = name.canonicalName
            if owned.contains(where: { $0.canonicalName == lower }) {
                throw RequestRefusal(
                    "headers: '\(lower)' is set by the broker from the service's credential; leave it out"
                )
            }
            if isForbidden(lower) {
                throw RequestRefusal("headers: '\(lower)' is never taken from agents; leave it out")
            }
            guard allowed.contains(lower) || extra.contains(lower) else {
                throw RequestRefusal(
                    "headers: '\(lower)' is not among the headers agents may send; the operator can add it to the service's 'allowHeaders'"
                )
            }
            guard !checked.contains(where: { $0.name.canonicalName == lower }) else {
                throw RequestRefusal("headers: '\(lower)' is there twice")
            }
            guard value.utf8.count <= maximumValueLength,
                value.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 })
            else {
                throw RequestRefusal(
                    "headers: the value of '\(lower)' must be printable ASCII of at most \(maximumValueLength) bytes"
                )
            }
            checked.append(CanonicalRequest.Header(name: name, value: trimmed(value)))
        }
        return checked.sorted { $0.name.canonicalName < $1.name.canonicalName }
    }

    /// The value without white space around it, which is no part of it (RFC 9110, section 5.5).
    private static func trimmed(_ value: String) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var bytes = Array(value.utf8.drop(while: isSpace))
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
