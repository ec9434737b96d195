import AsyncHTTPClient
import HTTPTypes
import JaneeSecrets
import NIOCore
import NIOHTTP1

/// What AsyncHTTPClient gets to see of requests: an origin, the method, the length and the body, and the number to find
/// the rest by.
struct Carrier: Sendable {
    private static let numberHeader = "exchange"

    private static let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .head]

    /// Requests to the origin by method; so that it is parsed once, and not for every request.
    private let templates: [HTTPRequest.Method: HTTPClient.Request]
    private let origin: String

    /// - Parameter origin: ``ClientKey/carrierOrigin``.
    init(origin: String) throws(HTTPTransportError) {
        self.origin = origin
        do {
            var templates: [HTTPRequest.Method: HTTPClient.Request] = [:]
            for method in Self.methods { templates[method] = try Self.template(origin, method) }
            self.templates = templates
        } catch {
            throw HTTPTransportError(mapping: error, requestMayHaveBeenSent: false)
        }
    }

    /// The carrier of one exchange.
    func request(for exchange: Exchange, number: UInt64) throws -> HTTPClient.Request {
        let method = exchange.request.method
        var request = try templates[method] ?? Self.template(origin, method)
        request.headers = [Self.numberHeader: String(number)]
        if let body = exchange.request.body, !body.isEmpty { request.body = .byteBuffer(ByteBuffer(bytes: body)) }
        return request
    }

    private static func template(_ origin: String, _ method: HTTPRequest.Method) throws -> HTTPClient.Request {
        try HTTPClient.Request(url: origin + "/", method: HTTPMethod(rawValue: method.rawValue))
    }

    /// The number in the head of a carrier.
    static func number(in head: HTTPRequestHead) -> UInt64? {
        head.headers.first(name: numberHeader).flatMap { UInt64($0) }
    }
}
