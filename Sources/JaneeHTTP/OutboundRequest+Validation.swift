import HTTPTypes
import JaneeSecrets

extension OutboundRequest {
    private static let maximumTargetLength = 16 * 1024

    /// The headers that frame a message or concern one connection only, in lower case, and `Accept-Encoding`, which
    /// must name what this transport can decode.
    private static let ownedHeaders: Set<String> = [
        "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade",
    ]

    /// Refuses what could not be sent as it is, or what would change the meaning of the message around it.
    ///
    /// The checks are complete: ``wireHead()`` of a request that passes always yields one well-formed head.
    func validate() throws(HTTPTransportError) {
        guard endpoint.scheme == .https || tls.isDefault else { throw .tlsWithoutTLS }
        guard method != .connect, method != .trace else {
            throw .invalidRequest("the methods CONNECT and TRACE cannot be sent")
        }
        guard target.utf8.first == UInt8(ascii: "/"), target.utf8.allSatisfy(Self.isTargetByte) else {
            throw .invalidRequest(
                "the request target must begin with a slash and hold visible ASCII characters without # only"
            )
        }
        guard target.utf8.count <= Self.maximumTargetLength else {
            throw .invalidRequest("the request target is longer than \(Self.maximumTargetLength) bytes")
        }
        for (name, value) in headers {
            guard !Self.ownedHeaders.contains(name.canonicalName) else {
                throw .invalidRequest(
                    "a header of the request is one that the transport sets itself, such as Host or Content-Length"
                )
            }
            guard name.rawName.utf8.first != UInt8(ascii: ":") else {
                throw .invalidRequest("a header of the request has a name that is reserved for HTTP/2")
            }
            try Self.validate(value)
        }
    }

    private static func validate(_ value: HeaderValue) throws(HTTPTransportError) {
        switch value {
        case .plain(let text):
            guard !text.utf8.contains(where: isControl) else {
                throw .invalidRequest("a header value contains a control character, such as a line break")
            }
        case .secret(let prefix, let secret):
            guard !prefix.utf8.contains(where: isControl), !secret.withBytes({ $0.contains(where: isControl) }) else {
                throw .invalidRequest(
                    "a secret meant for a header contains a control character, such as a line break at its end; "
                        + "store it again without"
                )
            }
            guard secret.withBytes({ String(validating: $0, as: UTF8.self) != nil }) else {
                throw .invalidRequest("a secret meant for a header is binary; store its textual form instead")
            }
        }
    }

    private static func isTargetByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x7F
    }
}
