import AsyncHTTPClient
import HTTPTypes
import JaneeSecrets
import NIOCore
import NIOHTTP1
import Testing

@testable import JaneeHTTP

@Suite("An exchange")
struct ExchangeTests {
    @Test("is written once, and not after a cancellation")
    func start() throws {
        let exchange = Exchange(try .local(port: 1))
        #expect(exchange.start())
        #expect(!exchange.start())
        let cancelled = Exchange(try .local(port: 1))
        cancelled.cancel()
        #expect(!cancelled.start())
    }

    @Test("on a closed connection allows another attempt only before anything was written")
    func anotherAttempt() throws {
        for error in [HTTPClientError.remoteConnectionClosed, ChannelError.ioOnClosedChannel] as [any Error] {
            let exchange = Exchange(try .local(port: 1))
            guard case .connectionWasClosed = exchange.failure(for: error) else {
                Issue.record("another attempt would be safe")
                continue
            }
            #expect(exchange.start())
            guard case .failed(let failure) = exchange.failure(for: error) else {
                Issue.record("the request may have been sent")
                continue
            }
            #expect(failure.code == .truncated)
            #expect(failure.requestMayHaveBeenSent)
        }
    }

    @Test("shows the connection pool nothing of its target and headers")
    func carrier() throws {
        let headers: [(name: HTTPField.Name, value: OutboundRequest.HeaderValue)] = [
            (.authorization, .secret(prefix: "Bearer ", SecretValue("canary"))), (.cookie, .plain("canary")),
        ]
        let request = try OutboundRequest.local(.post, "/canary?canary=canary", port: 1, headers: headers, body: [1])
        let carrier = try Carrier(origin: request.endpoint.origin).request(for: Exchange(request), number: 7)
        #expect("\(carrier.url)" == "http://127.0.0.1:1/")
        #expect(carrier.method == .POST)
        #expect(carrier.headers.count == 1)
        #expect(!"\(carrier.headers)".contains("canary"))
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: carrier.headers)
        #expect(Carrier.number(in: head) == 7)
    }
}
