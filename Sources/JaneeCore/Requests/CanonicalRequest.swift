import Crypto
package import HTTPTypes
package import JaneeConfig
import JaneeJSON
package import JaneeSecrets

/// The one form of a request that policy, approval, audit and the socket see.
///
/// It has one initialiser, which can fail. Nothing else builds an upstream URL, so what the rules allowed is what is
/// sent, byte for byte.
package struct CanonicalRequest: Sendable {
    package struct Header: Sendable, Hashable {
        package let name: HTTPField.Name
        package let value: String
    }

    package let service: String
    package let method: HTTPRequest.Method
    /// Scheme, host, port and base path, as the operator configured them.
    package let endpoint: EndpointURL
    /// Path and query below the base path.
    package let target: RequestTarget
    /// The agent's headers, checked, with the defaults added, and sorted.
    package let headers: [Header]
    package let body: [UInt8]?
    /// SHA-256 over every part of the request that is not a credential, in lower-case hexadecimal.
    package let digest: String

    /// Checks and canonicalises what an agent asked for.
    ///
    /// - Parameter owned: The headers that the service's auth type sets.
    package init(_ call: AgentCall, service: Service, owned: [HTTPField.Name]) throws(RequestRefusal) {
        self.service = service.name
        method = try RequestMethod.parse(call.method)
        endpoint = service.baseURL
        target = try RequestTarget(parsing: call.path)
        var headers = try AgentHeaders.parse(call.headers, owned: owned, extra: service.allowHeaders)
        // An empty text is what some agents write for "no body".
        body = call.body.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        if let body {
            guard body.count <= service.limits.maximumRequestBytes else {
                throw RequestRefusal("body: larger than \(service.limits.maximumRequestBytes) bytes")
            }
            guard method != .head else { throw RequestRefusal("body: a HEAD request has none") }
            let declared = headers.first { $0.name == .contentType }?.value
            let type = declared ?? Self.contentType(of: body)
            if declared == nil, !owned.contains(.contentType) {
                headers.append(Header(name: .contentType, value: type))
            }
            try MethodOverride.refuse(inBody: body, type: type)
        }
        // A header that the auth type sets stands there once.
        if !headers.contains(where: { $0.name == .userAgent }), !owned.contains(.userAgent) {
            headers.append(Header(name: .userAgent, value: "janee/\(JaneeVersion.current)"))
        }
        self.headers = headers.sorted { $0.name.canonicalName < $1.name.canonicalName }
        digest = Self.digest(service.name, method, endpoint, target, self.headers, body)
    }

    /// The request target of the wire: base path, path and query.
    package var wireTarget: String { endpoint.basePath + target.text }

    /// What an agent's body is if it does not say: JSON if it reads as JSON.
    private static func contentType(of body: [UInt8]) -> String {
        (try? JSONReader.parse(body)) == nil ? "text/plain; charset=utf-8" : "application/json"
    }

    private static func digest(
        _ service: String,
        _ method: HTTPRequest.Method,
        _ endpoint: EndpointURL,
        _ target: RequestTarget,
        _ headers: [Header],
        _ body: [UInt8]?
    ) -> String {
        var hash = SHA256()
        // Every part is preceded by its length, so that no two requests give the same stream.
        func add(_ bytes: some Collection<UInt8>) {
            withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Array(bytes))
        }
        add("janee-request-1".utf8)
        add(service.utf8)
        add(method.rawValue.utf8)
        add(endpoint.description.utf8)
        add(target.text.utf8)
        for header in headers {
            add(header.name.canonicalName.utf8)
            add(header.value.utf8)
        }
        add(body == nil ? "no body".utf8 : "body".utf8)
        add(body ?? [])
        return hash.finalize().hexadecimal
    }
}
