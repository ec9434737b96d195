import JaneeSecrets
import JaneeSecretsTesting
import NIOCore
import NIOPosix
import Testing

@testable import JaneeHTTP

/// Every address here leads to this machine.
@Suite("Addresses, in a network of their own", .enabled(if: IsolatedNetwork.isHere), .serialized)
struct IsolatedAddressTests {
    private static let ok = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"

    @Test(
        "of peers are checked on every connection, whatever was dialled",
        arguments: ["169.254.169.254", "10.1.2.3", "100.100.100.200", "fd00:ec2::254", "fd00::1", "127.0.0.1", "::1"]
    )
    func peers(_ text: String) async throws {
        let address = try #require(IPAddress(text))
        try await LoopbackServer.serve(host: text, Self.ok) { server in
            let request = try OutboundRequest.local(port: server.port, host: "upstream.test", addresses: .publicOnly)
            let error = try await failure(of: request, dialling: address)
            #expect(error?.code == .addressRefused)
            #expect(error?.requestMayHaveBeenSent == false)
            #expect(error?.message.contains(text) == true)
            await server.wait(for: .closed(0))
            #expect(server.requests.isEmpty)
        }
    }

    @Test("of peers must be loopback ones where the host says so", arguments: ["198.51.100.7", "2001:db8::7"])
    func loopback(_ text: String) async throws {
        let address = try #require(IPAddress(text))
        try await LoopbackServer.serve(host: text, Self.ok) { server in
            let error = try await failure(of: .local(port: server.port, host: "localhost"), dialling: address)
            #expect(error?.code == .addressRefused)
            await server.wait(for: .closed(0))
            #expect(server.requests.isEmpty)
        }
    }

    @Test("of peers are accepted where they may be", arguments: ["198.51.100.7", "2001:db8::7"])
    func open(_ text: String) async throws {
        let resolver = ScriptedResolver([text])
        try await LoopbackServer.serve(host: text, Self.ok) { server in
            try await withClient(resolver: resolver) { client in
                let request = try OutboundRequest.local(port: server.port, host: "x.test", addresses: .publicOnly)
                #expect(try await client.send(request).status == 200)
            }
        }
    }

    @Test(
        "that a name is bound to later are not dialled, whether the old ones still answer or not",
        arguments: [0, 60]
    )
    func rebinding(_ seconds: Int) async throws {
        let resolver = ScriptedResolver(["198.51.100.7"], ["169.254.169.254"])
        let clock = ManualClock()
        try await withClient(resolver: resolver, clock: clock) { client in
            let port = try await LoopbackServer.serve(host: "198.51.100.7", Self.ok) { server in
                let request = try OutboundRequest.local(port: server.port, host: "x.test", addresses: .publicOnly)
                #expect(try await client.send(request).status == 200)
                return server.port
            }
            clock.advance(by: .seconds(seconds))
            try await LoopbackServer.serve(host: "169.254.169.254", port: port, Self.ok) { metadata in
                let request = try OutboundRequest.local(port: port, host: "x.test", addresses: .publicOnly)
                let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
                #expect(error?.code == .addressRefused)
                #expect(error?.requestMayHaveBeenSent == false)
                #expect(metadata.connections == 0)
            }
            #expect(resolver.questions.count == 2)
        }
    }

    /// The error of a client that has let `address` through without a check.
    private func failure(of request: OutboundRequest, dialling address: IPAddress) async throws -> HTTPTransportError? {
        let exchanges = ExchangeTable(budget: AnswerBudget(bytes: 1 << 20))
        let pool = ClientPool(
            eventLoopGroup: .singleton,
            trust: .system,
            exchanges: exchanges,
            maximumClients: 1,
            idleConnection: .seconds(30)
        )
        let key = ClientKey(request, address: address, connect: .seconds(5))
        let entry = try pool.lease(key)
        let failure = await #expect(throws: Exchange.Failure.self) {
            try await Exchange(request)
                .run(on: entry.client, of: exchanges, carrier: entry.carrier, until: .now() + .seconds(10))
        }
        await pool.shutdown()
        return failure?.transportError
    }
}
