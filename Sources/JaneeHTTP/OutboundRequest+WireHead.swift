import HTTPTypes
import JaneeSecrets
import NIOHTTP1

extension OutboundRequest {
    /// The head as it goes over the wire: `Host`, the caller's headers in their order, then what frames the message.
    ///
    /// This is the only place where secrets become text. The request must have passed ``validate()``.
    func wireHead() -> HTTPRequestHead {
        var fields = [("Host", endpoint.authority)]
        fields.reserveCapacity(headers.count + 3)
        for (name, value) in headers {
            fields.append((name.rawName, value.text))
        }
        fields.append(("Accept-Encoding", ContentCoding.accepted))
        if let length = contentLength {
            fields.append(("Content-Length", String(length)))
        }
        return HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: method.rawValue),
            uri: target,
            headers: HTTPHeaders(fields)
        )
    }

    /// The length of the body; zero without one where the method leads the server to expect a body.
    private var contentLength: Int? {
        if let body { return body.count }
        return switch method {
        case .post, .put, .patch: 0
        default: nil
        }
    }
}

extension OutboundRequest.HeaderValue {
    fileprivate var text: String {
        switch self {
        case .plain(let text): text
        case .secret(let prefix, let secret): prefix + secret.withBytes { String(decoding: $0, as: UTF8.self) }
        }
    }
}
