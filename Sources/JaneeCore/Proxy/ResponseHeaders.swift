import HTTPTypes
import JaneeSecrets

/// Which response headers agents see, and in which form.
enum ResponseHeaders {
    private static let allowed: Set<String> = [
        "accept-ranges", "age", "allow", "cache-control", "content-disposition", "content-language", "content-range",
        "content-type", "date", "deprecation", "etag", "expires", "last-modified", "link", "preference-applied",
        "retry-after", "sunset", "vary", "warning", "www-authenticate",
        "request-id", "x-request-id", "x-correlation-id", "x-github-request-id", "x-ms-request-id", "x-amzn-requestid",
        "x-total-count", "x-total", "x-total-pages", "x-page", "x-per-page", "x-next-page", "x-prev-page",
        "x-poll-interval", "x-oauth-scopes", "x-accepted-oauth-scopes", "idempotent-replayed", "stripe-version",
        "x-github-api-version-selected", "x-github-media-type",
    ]
    private static let allowedPrefixes = ["ratelimit", "x-ratelimit", "x-rate-limit"]
    private static let maximumValueLength = 8 * 1024

    /// The allow-listed headers of an answer; `Location` is reduced to what does not carry data elsewhere.
    ///
    /// - Parameter scrub: Removes credentials from a value, before a part of one is cut off and no longer recognised.
    static func filtered(
        _ fields: HTTPFields,
        from endpoint: EndpointURL,
        scrub: (String) -> String
    ) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for field in fields {
            let name = field.name.canonicalName
            let isLocation = name == "location"
            guard isLocation || allowed.contains(name) || allowedPrefixes.contains(where: { name.hasPrefix($0) })
            else { continue }
            let scrubbed = scrub(field.value)
            let value = isLocation ? location(scrubbed, from: endpoint) : scrubbed
            headers.append((name, String(decoding: value.utf8.prefix(maximumValueLength), as: UTF8.self)))
        }
        return headers
    }

    /// A path without query where the target is on the same origin, else the origin alone: no user information, no
    /// query, no fragment, any of which can carry a credential.
    static func location(_ value: String, from endpoint: EndpointURL) -> String {
        let bare = value.prefix { $0 != "?" && $0 != "#" }
        guard bare.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else { return "" }
        if bare.hasPrefix("//") { return origin(of: "\(endpoint.scheme.rawValue):\(bare)", from: endpoint) }
        let beforeSlash = bare.prefix { $0 != "/" }
        guard beforeSlash.contains(":") else { return String(bare) }
        return bare.contains("://") ? origin(of: String(bare), from: endpoint) : ""
    }

    private static func origin(of url: String, from endpoint: EndpointURL) -> String {
        guard let separator = url.firstRange(of: "://") else { return "" }
        let rest = url[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        guard let target = try? EndpointURL(parsing: "\(url[..<separator.lowerBound])://\(host)") else { return "" }
        // With two slashes at its beginning a path would name another host.
        let path = "/" + rest.dropFirst(authority.count).drop { $0 == "/" }
        return target.origin == endpoint.origin ? path : target.origin
    }
}
