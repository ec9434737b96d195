import HTTPTypes
import JaneeHTTP
import JaneeSecrets
import NIOCore
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("A fault of the upstream")
struct FaultTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let code: HTTPTransportError.Code
        let limits: HTTPTransportLimits
        let steps: [LoopbackServer.Step]

        init(
            _ name: String,
            _ code: HTTPTransportError.Code,
            limits: HTTPTransportLimits = HTTPTransportLimits(),
            _ steps: LoopbackServer.Step...
        ) {
            testDescription = name
            self.code = code
            self.limits = limits
            self.steps = steps
        }
    }

    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    private static let kilobyte = [UInt8](repeating: 120, count: 1000)
    private static let chunk = Array("3e8\r\n".utf8) + kilobyte + Array("\r\n".utf8)
    private static let short = HTTPTransportLimits(idle: .milliseconds(200))
    /// At fifty bytes a second its end is hours away, however late the time that is too long is noticed.
    private static let longHead = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    /// Every byte comes before the silence is too long.
    private static let patient = HTTPTransportLimits(idle: .seconds(30), total: .seconds(1))
    private static let small = HTTPTransportLimits(maximumResponseBytes: 100_000)

    static let faults = [
        Fault("closed before the answer", .truncated, .close),
        Fault("reset before the answer", .truncated, .abort),
        Fault("reset in the head", .truncated, .text("HTTP/1.1 200 OK\r\nContent-"), .abort),
        Fault("closed in the body", .truncated, .text(head + "x"), .close),
        Fault("reset in the body", .truncated, .text(head + "x"), .abort),
        Fault("silent", .timedOut, limits: short),
        Fault("silent in the head", .timedOut, limits: short, .text("HTTP/1.1 200 OK\r\n")),
        Fault("silent in the body", .timedOut, limits: short, .text(head + "x")),
        Fault(
            "a dripping head",
            .timedOut,
            limits: patient,
            .text("HTTP/1.1 200 OK\r\nX: "),
            .drip(120, every: .milliseconds(20))
        ),
        Fault("a dripping body", .timedOut, limits: patient, .text(longHead), .drip(120, every: .milliseconds(20))),
        Fault(
            "a giant body with its length",
            .tooLarge,
            limits: small,
            .text("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"),
            .flood(kilobyte, times: 1_000_000)
        ),
        Fault(
            "a giant body in chunks",
            .tooLarge,
            limits: small,
            .text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            .flood(chunk, times: 1_000_000)
        ),
        Fault(
            "a giant body without a length",
            .tooLarge,
            limits: small,
            .text("HTTP/1.1 200 OK\r\n\r\n"),
            .flood(kilobyte, times: 1_000_000)
        ),
        Fault("another protocol", .protocolError, .text("SSH-2.0-OpenSSH_9.6\r\n\r\n")),
    ]

    @Test("fails its request, which is not sent again, and none of the next ones", arguments: faults)
    func fault(_ fault: Fault) async throws {
        let script = LoopbackServer.Script { _, number in number == 1 ? fault.steps : [.text(Self.ok)] }
        try await LoopbackServer.serve(script) { server in
            try await withClient { client in
                let calm = HTTPTransportLimits(maximumResponseBytes: fault.limits.maximumResponseBytes)
                // The request that fails is on a used connection: that is where clients are tempted to try again.
                #expect(try await client.send(.local(port: server.port, limits: calm)).status == 200)
                let request = try OutboundRequest.local(.post, port: server.port, body: [1], limits: fault.limits)
                let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                #expect(error?.code == fault.code)
                #expect(error?.requestMayHaveBeenSent == true)
                await server.wait(for: .request(1))
                await server.wait(for: .closed(0))
                #expect(server.requests.count == 2)
                #expect(try await client.send(.local(port: server.port, limits: calm)).status == 200)
                #expect(server.requests.map(\.connection) == [0, 0, 1])
            }
        }
    }

    @Test("that keeps everybody out is known before a request is sent", arguments: [EndpointURL.Scheme.http, .https])
    func refused(_ scheme: EndpointURL.Scheme) async throws {
        let port = try await LoopbackServer.deadPort(on: "127.0.2.2")
        let error = await failure(try .local(.post, port: port, scheme: scheme, host: "127.0.2.2", body: [1]))
        #expect(error?.code == .connectionFailed)
        #expect(error?.requestMayHaveBeenSent == false)
    }

    @Test("to redirect to another server does not lead there", arguments: ["http:", ""], [301, 302, 303, 307, 308])
    func redirect(_ scheme: String, _ status: Int) async throws {
        try await LoopbackServer.serve(Self.ok) { other in
            let location = "\(scheme)//127.0.0.1:\(other.port)/"
            let answer = "HTTP/1.1 \(status) Moved\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n"
            try await LoopbackServer.serve(answer) { server in
                let credential = OutboundRequest.HeaderValue.secret(prefix: "Bearer ", SecretValue("canary"))
                let headers = [(name: HTTPField.Name.authorization, value: credential)]
                for method in [HTTPRequest.Method.get, .post] {
                    let response = try await send(.local(method, port: server.port, headers: headers))
                    #expect(response.status == status)
                    #expect(response.headers[.location] == location)
                }
                #expect(server.requests.count == 2)
                #expect(other.connections == 0)
            }
        }
    }

    // In a process of its own, whose environment nobody else reads.
    @Test("cannot be brought about by proxy variables")
    func proxies() async throws {
        await #expect(processExitsWith: .success) {
            let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            try await LoopbackServer.serve(ok) { proxy in
                for name in ["http_proxy", "https_proxy", "all_proxy"] {
                    setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
                    setenv(name.uppercased(), "http://127.0.0.1:\(proxy.port)", 1)
                }
                unsetenv("no_proxy")
                unsetenv("NO_PROXY")
                try await LoopbackServer.serve(ok) { server in
                    for host in ["127.0.0.1", "localhost"] {
                        let response = try await send(.local(.get, "/direct", port: server.port, host: host))
                        #expect(response.status == 200)
                    }
                    #expect(server.requests.map(\.requestLine) == ["GET /direct HTTP/1.1", "GET /direct HTTP/1.1"])
                }
                let trust = try #require(TLSTrust(pem: Array(Certificates.authority.utf8)))
                try await LoopbackServer.serve(tls: Certificates.serverContext(Certificates.valid), ok) { server in
                    let request = try OutboundRequest.local(port: server.port, scheme: .https, host: "localhost")
                    #expect(try await send(request, trust: trust).status == 200)
                    #expect(server.requests.count == 1)
                }
                #expect(proxy.connections == 0)
            }
        }
    }
}
