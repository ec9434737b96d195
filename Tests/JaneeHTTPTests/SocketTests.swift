import HTTPTypes
import JaneeHTTP
import JaneeSecrets
import JaneeTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("A program of this machine behind a socket")
struct SocketTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private func request(_ path: String, addresses: AddressPolicy) throws -> OutboundRequest {
        OutboundRequest(
            method: .get,
            endpoint: try EndpointURL(parsingSocket: "unix://\(path)"),
            target: "/v1/sys/health?x=y",
            headers: [(.authorization, .secret(prefix: "", SecretValue("token")))],
            addresses: addresses,
            pool: "socket"
        )
    }

    private static let thisMachine = AddressPolicy(allowedPrivate: [], loopback: true)

    @Test("is asked like any other, over connections that are kept")
    func asked() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "agent socket.sock".replacing(" ", with: "_"))
        let client = GuardedHTTPClient(idleConnection: .seconds(600))
        try await LoopbackServer.serve(socket: path, .always([.text(Self.answer)])) { server in
            for _ in 0..<3 {
                let response = try await client.send(try request(path, addresses: Self.thisMachine))
                #expect(response.status == 200)
                #expect(response.body == Array("ok".utf8))
            }
            #expect(server.connections == 1)
            #expect(server.requests.map(\.requestLine) == Array(repeating: "GET /v1/sys/health?x=y HTTP/1.1", count: 3))
            #expect(server.requests.first?.header("host") == ["localhost"])
        }
        await client.shutdown()
    }

    @Test("may be known to us by another name than to itself")
    func linked() async throws {
        let directory = try TemporaryDirectory()
        let (real, link) = (directory.path(of: "real"), directory.path(of: "link"))
        _ = try directory.makeDirectory("real")
        #expect(symlink(real, link) == 0)
        let client = GuardedHTTPClient(idleConnection: .seconds(600))
        try await LoopbackServer.serve(socket: "\(real)/agent.sock", .always([.text(Self.answer)])) { server in
            let response = try await client.send(try request("\(link)/agent.sock", addresses: Self.thisMachine))
            #expect(response.status == 200)
        }
        await client.shutdown()
    }

    @Test("is not asked where this machine may not be reached")
    func refused() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "agent.sock")
        let client = GuardedHTTPClient(idleConnection: .seconds(600))
        try await LoopbackServer.serve(socket: path, .always([.text(Self.answer)])) { server in
            let request = try request(path, addresses: AddressPolicy(allowedPrivate: [], loopback: false))
            let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
            #expect(error?.code == .addressRefused)
            #expect(server.connections == 0)
        }
        await client.shutdown()
    }

    @Test("is unreachable where there is no socket, and nothing of the path is in the error")
    func missing() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "nobody.sock")
        let client = GuardedHTTPClient(idleConnection: .seconds(600))
        let request = try request(path, addresses: Self.thisMachine)
        let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
        #expect(error?.code == .connectionFailed)
        #expect(error?.requestMayHaveBeenSent == false)
        await client.shutdown()
    }

    @Test("two sockets do not share connections")
    func two() async throws {
        let directory = try TemporaryDirectory()
        let (first, second) = (directory.path(of: "a.sock"), directory.path(of: "b.sock"))
        let client = GuardedHTTPClient(idleConnection: .seconds(600))
        try await LoopbackServer.serve(socket: first, .always([.text(Self.answer)])) { one in
            try await LoopbackServer.serve(socket: second, .always([.text(Self.answer)])) { two in
                _ = try await client.send(try request(first, addresses: Self.thisMachine))
                _ = try await client.send(try request(second, addresses: Self.thisMachine))
                #expect(one.requests.count == 1)
                #expect(two.requests.count == 1)
            }
        }
        await client.shutdown()
    }
}
